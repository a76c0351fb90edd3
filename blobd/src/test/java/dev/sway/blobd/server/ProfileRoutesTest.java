package dev.sway.blobd.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProfileRoutesTest {
  private static final byte[] INDEX = Fixture.content(1000);
  private static final byte[] MANIFEST = Fixture.manifest(INDEX);
  private static final Digest IMAGE = Digest.of(MANIFEST);
  private static final CommandKey KEY = Fixture.key(1);
  private static final String PATH = BlobdApi.profile(IMAGE, KEY);
  private static final byte[] ONE = bytes(IMAGE, KEY, 1);
  private static final byte[] TWO = bytes(IMAGE, KEY, 2);

  @TempDir Path directory;
  private Fixture blobd;

  @BeforeEach
  void start() throws IOException {
    blobd = Fixture.open(directory);
    blobd.client().upload(Digest.of(INDEX), INDEX);
    blobd.client().upload(IMAGE, MANIFEST);
  }

  @AfterEach
  void stop() throws IOException {
    assertThat(blobd.temporary()).isEmptyDirectory();
    blobd.close();
  }

  private static byte[] bytes(Digest image, CommandKey key, int runs) {
    return ProfileWriter.write(Fixture.profile(image, key, runs, false));
  }

  private static String tag(byte[] bytes) {
    return '"' + Digest.of(bytes).toString() + '"';
  }

  private HttpResponse<byte[]> put(String path, byte[] body, String... headers) throws Exception {
    return blobd.put(path, body, headers);
  }

  private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return blobd.get(path, headers);
  }

  private void assertFails(HttpResponse<byte[]> answer, int status, String kind) {
    blobd.assertFails(answer, status, kind);
  }

  private BlobdApi.ProfilesAnswer list() throws Exception {
    return WireJson.read(
        get(BlobdApi.profiles(IMAGE)).body(), BlobdApi.ProfilesAnswer.class, "the list");
  }

  @Test
  void aStoredProfileIsListedReadAndRemoved() throws Exception {
    assertThat(list().profiles()).isEmpty();
    assertFails(get(PATH), 404, "not-found");
    HttpResponse<byte[]> created = put(PATH, ONE);
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("ETag")).hasValue(tag(ONE));
    assertThat(put(PATH, TWO).statusCode()).isEqualTo(200);
    HttpResponse<byte[]> read = get(PATH);
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo(TWO);
    assertThat(read.headers().firstValue("ETag")).hasValue(tag(TWO));
    assertThat(list().profiles())
        .singleElement()
        .satisfies(profile -> {
          assertThat(profile.key()).isEqualTo(KEY.hex());
          assertThat(profile.bytes()).isEqualTo(TWO.length);
          assertThat(Instant.parse(profile.modified()))
              .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        });
    assertThat(blobd.send(blobd.request(PATH).DELETE()).statusCode()).isEqualTo(200);
    assertFails(blobd.send(blobd.request(PATH).DELETE()), 404, "not-found");
    assertThat(list().profiles()).isEmpty();
  }

  @Test
  void profilesSurviveARestartAndTheirImagesLastName() throws Exception {
    ImageName name = ImageName.parse("app");
    blobd.client().publish(name, IMAGE);
    put(PATH, ONE);
    blobd.client().remove(name);
    blobd.close();
    blobd = Fixture.open(directory);
    assertThat(blobd.client().names()).isEmpty();
    assertThat(get(PATH).body()).isEqualTo(ONE);
  }

  @Test
  void whoHasAProfileIsNotSentItAgain() throws Exception {
    put(PATH, ONE);
    HttpResponse<byte[]> known = get(PATH, "If-None-Match", "\"x\", W/" + tag(ONE));
    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(known.body()).isEmpty();
    assertThat(known.headers().firstValue("ETag")).hasValue(tag(ONE));
    assertThat(get(PATH, "If-None-Match", tag(TWO)).body()).isEqualTo(ONE);
  }

  @Test
  void aWriterThatMeantAnotherProfileIsRefused() throws Exception {
    assertFails(put(PATH, TWO, "If-Match", tag(ONE)), 412, "changed");
    assertFails(put(PATH, TWO, "If-Match", "*"), 412, "changed");
    assertThat(put(PATH, ONE, "If-None-Match", "*").statusCode()).isEqualTo(201);
    assertFails(put(PATH, TWO, "If-None-Match", "*"), 412, "changed");
    assertFails(put(PATH, TWO, "If-None-Match", tag(ONE)), 412, "changed");
    for (String wrong : List.of(tag(TWO), "W/" + tag(ONE), "nonsense", "", ",", "\"", "*, *")) {
      assertFails(put(PATH, TWO, "If-Match", wrong), 412, "changed");
    }
    for (String wrong : List.of("nonsense", "", ",", "\"", "\"*\"", "*, *")) {
      assertFails(put(PATH, TWO, "If-None-Match", wrong), 412, "changed");
    }
    assertFails(
        blobd.send(blobd.request(PATH).DELETE().header("If-Match", tag(TWO))), 412, "changed");
    assertThat(get(PATH).body()).isEqualTo(ONE);
    assertThat(put(PATH, TWO, "If-Match", tag(TWO) + ", " + tag(ONE)).statusCode()).isEqualTo(200);
    assertThat(put(PATH, ONE, "If-Match", "*").statusCode()).isEqualTo(200);
    assertThat(blobd.send(blobd.request(PATH).DELETE().header("If-Match", tag(ONE))).statusCode())
        .isEqualTo(200);
  }

  @Test
  void twoWritersWhoMadeTheSameOfTheSameAreTwo() throws Exception {
    put(PATH, ONE);
    assertThat(put(PATH, TWO, "If-Match", tag(ONE)).statusCode()).isEqualTo(200);
    assertFails(put(PATH, TWO, "If-Match", tag(ONE)), 412, "changed");
  }

  @Test
  void onlyAProfileOfThisImageAndCommandIsStored() throws Exception {
    Digest other = Digest.of(INDEX);
    assertFails(put(PATH, new byte[0]), 422, "corrupt");
    assertFails(put(PATH, Fixture.content(3000)), 422, "corrupt");
    assertFails(put(PATH, bytes(other, KEY, 1)), 422, "corrupt");
    assertFails(put(PATH, bytes(IMAGE, Fixture.key(2), 1)), 422, "corrupt");
    byte[] cut = Arrays.copyOf(ONE, 40);
    assertFails(put(PATH, cut), 422, "corrupt");
    // A blob that is no manifest has none.
    assertFails(put(BlobdApi.profile(other, KEY), bytes(other, KEY, 1)), 422, "corrupt");
    assertThat(list().profiles()).isEmpty();
    assertThat(blobd.store().resolve("profiles")).isEmptyDirectory();
  }

  @Test
  void anImageThatIsNotThereHasNoProfiles() throws Exception {
    Digest nowhere = Digest.of(new byte[] {1});
    String path = BlobdApi.profile(nowhere, KEY);
    assertFails(get(BlobdApi.profiles(nowhere)), 404, "unknown-image");
    assertFails(get(path), 404, "unknown-image");
    assertFails(put(path, bytes(nowhere, KEY, 1)), 404, "unknown-image");
    assertFails(blobd.send(blobd.request(path).DELETE()), 404, "unknown-image");
    assertThat(blobd.store().resolve("profiles")).isEmptyDirectory();
  }

  @Test
  void aBodyLongerThanAProfileIsRefused() throws Exception {
    assertFails(put(PATH, new byte[BlobdApi.MAX_PROFILE_BYTES + 1]), 413, "usage");
    assertFails(put(PATH, new byte[BlobdApi.MAX_PROFILE_BYTES]), 422, "corrupt");
  }

  @Test
  void changesNeedTheTokenAndReadsDoNot() throws Exception {
    put(PATH, ONE);
    blobd.close();
    blobd = Fixture.guarded(directory, Optional.empty());
    assertFails(put(PATH, TWO), 401, "unauthorized");
    assertFails(put(PATH, TWO, "Authorization", "Bearer not-the-right-token"), 401, "unauthorized");
    assertFails(blobd.send(blobd.request(PATH).DELETE()), 401, "unauthorized");
    assertThat(get(PATH).body()).isEqualTo(ONE);
    assertThat(list().profiles()).hasSize(1);
    assertThat(put(PATH, TWO, "Authorization", "Bearer " + Fixture.TOKEN).statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/IMAGE/abcdef",
        "/IMAGE/..",
        "/IMAGE/%2e%2e",
        "/IMAGE/..%2f..%2fnames%2fapp@latest.json",
        "/IMAGE/%2fetc%2fpasswd",
        "/IMAGE/KEY%00",
        "/IMAGE/KEY.json",
        "/IMAGE/KEY/more",
        "/IMAGE/UPPER",
        "/../names/KEY",
        "/%2e%2e/KEY",
        "/..%2fnames/KEY",
        "/sha256:..%2f..%2fnames/KEY",
        "/HEX/KEY",
        "/sha512:HEX/KEY",
        "/IMAGE%2f..%2f..%2fnames/KEY",
        "//KEY",
        "/",
        ""
      })
  void whatIsNoManifestAndKeyIsRefusedBeforeAnyFileIsTouched(String pattern) throws Exception {
    String path =
        BlobdApi.PROFILES
            + pattern
                .replace("IMAGE", IMAGE.toString())
                .replace("UPPER", KEY.hex().toUpperCase(Locale.ROOT))
                .replace("HEX", IMAGE.hex())
                .replace("KEY", KEY.hex());
    List<String> before = files();
    for (HttpResponse<byte[]> answer :
        List.of(get(path), put(path, ONE), blobd.send(blobd.request(path).DELETE()))) {
      assertThat(answer.statusCode()).as(path).isIn(400, 404);
      assertThat(new String(answer.body(), UTF_8)).contains("\"error\"");
    }
    assertThat(files()).isEqualTo(before);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void aDamagedProfileCanBeReplacedAndRemoved() throws Exception {
    put(PATH, ONE);
    Path file = blobd.store().resolve("profiles", IMAGE.hex(), KEY.hex());
    Files.write(file, new byte[BlobdApi.MAX_PROFILE_BYTES + 1]);
    assertFails(get(PATH), 422, "corrupt");
    assertThat(list().profiles()).hasSize(1);
    assertThat(put(PATH, TWO).statusCode()).isEqualTo(200);
    Files.write(file, new byte[0]);
    assertThat(get(PATH).body()).isEmpty();
    assertThat(blobd.send(blobd.request(PATH).DELETE()).statusCode()).isEqualTo(200);
  }
}
