package dev.sway.blobd.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HotRoutesTest {
  private static final byte[] INDEX = Fixture.content(1000);
  private static final byte[] MANIFEST = Fixture.manifest(INDEX);
  private static final Digest IMAGE = Digest.of(MANIFEST);
  private static final CommandKey KEY = Fixture.key(1);
  private static final CommandKey OTHER_KEY = Fixture.key(2);
  private static final byte[] ONE = Fixture.content(70_000);
  private static final byte[] TWO = Fixture.content(80_000);
  private static final String MAP_PATH = BlobdApi.hotMap(IMAGE, KEY);

  @TempDir Path directory;
  private Fixture blobd;

  @BeforeEach
  void start() throws Exception {
    blobd = Fixture.open(directory);
    blobd.client().upload(Digest.of(INDEX), INDEX);
    blobd.client().upload(IMAGE, MANIFEST);
    blobd.client().profiles().put(Fixture.profile(IMAGE, KEY, 1, false));
    blobd.client().profiles().put(Fixture.profile(IMAGE, OTHER_KEY, 1, false));
  }

  @AfterEach
  void stop() throws IOException {
    assertThat(blobd.temporary()).isEmptyDirectory();
    blobd.close();
  }

  private static byte[] map(byte[] pack) {
    return HotMapWriter.write(Fixture.hotMap(IMAGE, pack));
  }

  private HttpResponse<byte[]> put(String path, byte[] body, String... headers) throws Exception {
    return blobd.put(path, body, headers);
  }

  private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return blobd.get(path, headers);
  }

  private HttpResponse<byte[]> putPack(CommandKey key, byte[] pack) throws Exception {
    return put(BlobdApi.hotPack(IMAGE, key, Digest.of(pack)), pack);
  }

  private void putHot(CommandKey key, byte[] pack) throws Exception {
    assertThat(putPack(key, pack).statusCode()).isIn(200, 201);
    assertThat(put(BlobdApi.hotMap(IMAGE, key), map(pack)).statusCode()).isIn(200, 201);
  }

  private HttpResponse<byte[]> blob(byte[] content) throws Exception {
    return get(BlobdApi.blob(Digest.of(content)));
  }

  private void assertFails(HttpResponse<byte[]> answer, int status, String kind) {
    blobd.assertFails(answer, status, kind);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(blobd.store())) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void aHotPackIsReadAsABlobAndItsMapBesideTheProfile() throws Exception {
    assertFails(get(MAP_PATH), 404, "not-found");
    assertThat(putPack(KEY, ONE).statusCode()).isEqualTo(201);
    assertThat(putPack(KEY, ONE).statusCode()).isEqualTo(200);
    HttpResponse<byte[]> created = put(MAP_PATH, map(ONE));
    assertThat(created.statusCode()).isEqualTo(201);
    String tag = '"' + Digest.of(map(ONE)).toString() + '"';
    assertThat(created.headers().firstValue("ETag")).hasValue(tag);
    HttpResponse<byte[]> read = get(MAP_PATH);
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo(map(ONE));
    assertThat(read.headers().firstValue("ETag")).hasValue(tag);
    assertThat(get(MAP_PATH, "If-None-Match", tag).statusCode()).isEqualTo(304);
    String path = BlobdApi.blob(Digest.of(ONE));
    assertThat(get(path).body()).isEqualTo(ONE);
    HttpResponse<byte[]> part = get(path, "Range", "bytes=1000-1999");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(ONE, 1000, 2000));
    assertThat(get(path, "Range", "bytes=70000-").statusCode()).isEqualTo(416);
    assertThat(blobd.send(blobd.request(path).HEAD()).headers().firstValueAsLong("Content-Length"))
        .hasValue(ONE.length);
  }

  @Test
  void hotPacksAndMapsSurviveARestart() throws Exception {
    putHot(KEY, ONE);
    blobd.close();
    blobd = Fixture.open(directory);
    assertThat(get(MAP_PATH).body()).isEqualTo(map(ONE));
    assertThat(blob(ONE).body()).isEqualTo(ONE);
  }

  @Test
  void noImageCanDependOnAHotPack() throws Exception {
    putHot(KEY, ONE);
    Digest pack = Digest.of(ONE);
    assertThat(blobd.client().missing(List.of(pack, IMAGE))).containsExactly(pack);
    byte[] manifest = Fixture.manifest(INDEX, ONE);
    blobd.client().upload(Digest.of(manifest), manifest);
    assertThatThrownBy(() -> blobd.client().publish(ImageName.parse("app"), Digest.of(manifest)))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.INCOMPLETE));
  }

  @Test
  void anotherMapReplacesTheFormerOneAndItsPack() throws Exception {
    putHot(KEY, ONE);
    assertThat(putPack(KEY, TWO).statusCode()).isEqualTo(201);
    assertThat(blob(ONE).statusCode()).isEqualTo(200);
    assertThat(put(MAP_PATH, map(TWO)).statusCode()).isEqualTo(200);
    assertFails(blob(ONE), 404, "not-found");
    assertThat(blob(TWO).body()).isEqualTo(TWO);
    assertThat(get(MAP_PATH).body()).isEqualTo(map(TWO));
  }

  @Test
  void aMapThatIsStoredAgainKeepsItsPack() throws Exception {
    putHot(KEY, ONE);
    putHot(KEY, ONE);
    assertThat(blob(ONE).body()).isEqualTo(ONE);
  }

  @Test
  void aPackThatAnotherProfileHasTooStaysUntilThatLosesIt() throws Exception {
    putHot(KEY, ONE);
    putHot(OTHER_KEY, ONE);
    putHot(KEY, TWO);
    assertThat(blob(ONE).body()).isEqualTo(ONE);
    putHot(OTHER_KEY, TWO);
    assertFails(blob(ONE), 404, "not-found");
  }

  @Test
  void anImagesBlobWithTheDigestOfAHotPackStays() throws Exception {
    blobd.client().upload(Digest.of(ONE), ONE);
    putHot(KEY, ONE);
    putHot(KEY, TWO);
    assertThat(blobd.client().missing(List.of(Digest.of(ONE)))).isEmpty();
    assertThat(blob(ONE).body()).isEqualTo(ONE);
    assertThat(blobd.client().profiles().remove(IMAGE, KEY)).isTrue();
    assertThat(blob(ONE).body()).isEqualTo(ONE);
  }

  @Test
  void aRemovedProfileTakesItsHotPackAlong() throws Exception {
    putHot(KEY, ONE);
    putHot(OTHER_KEY, TWO);
    assertThat(blobd.client().profiles().remove(IMAGE, KEY)).isTrue();
    assertFails(get(MAP_PATH), 404, "not-found");
    assertFails(blob(ONE), 404, "not-found");
    assertThat(blob(TWO).body()).isEqualTo(TWO);
    blobd.client().profiles().put(Fixture.profile(IMAGE, KEY, 1, false));
    assertFails(get(MAP_PATH), 404, "not-found");
  }

  @Test
  void aProfileThatIsStoredAnewKeepsItsHotPack() throws Exception {
    putHot(KEY, ONE);
    blobd.client().profiles().put(Fixture.profile(IMAGE, KEY, 2, false));
    assertThat(get(MAP_PATH).body()).isEqualTo(map(ONE));
  }

  @Test
  void theListTellsHowLargeHotPacksAreAndOlderReadersUnderstandIt() throws Exception {
    putHot(KEY, ONE);
    putPack(OTHER_KEY, TWO);
    byte[] list = get(BlobdApi.profiles(IMAGE)).body();
    assertThat(WireJson.read(list, BlobdApi.ListedProfilesAnswer.class, "the list").profiles())
        .extracting(BlobdApi.ListedProfileAnswer::key, BlobdApi.ListedProfileAnswer::hotBytes)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(KEY.hex(), (long) ONE.length),
            org.assertj.core.groups.Tuple.tuple(OTHER_KEY.hex(), 0L));
    assertThat(WireJson.read(list, BlobdApi.ProfilesAnswer.class, "the list").profiles())
        .hasSize(2);
  }

  @Test
  void onlyAMapOfThisImageAndOfAPackThatIsThereIsStored() throws Exception {
    putHot(KEY, ONE);
    putPack(OTHER_KEY, TWO);
    List<String> before = files();
    assertFails(put(MAP_PATH, new byte[0]), 422, "corrupt");
    assertFails(put(MAP_PATH, Fixture.content(500)), 422, "corrupt");
    byte[] flipped = map(ONE);
    flipped[60] ^= 1;
    assertFails(put(MAP_PATH, flipped), 422, "corrupt");
    assertFails(
        put(MAP_PATH, HotMapWriter.write(Fixture.hotMap(Digest.of(INDEX), ONE))), 422, "corrupt");
    assertFails(put(MAP_PATH, map(Fixture.content(5))), 409, "incomplete");
    // Of another profile, and so no more there than any other.
    assertFails(put(MAP_PATH, map(TWO)), 409, "incomplete");
    HotMap longer = new HotMap(IMAGE, new PackReference(Digest.of(ONE), ONE.length + 1), List.of());
    assertFails(put(MAP_PATH, HotMapWriter.write(longer)), 409, "incomplete");
    assertFails(put(MAP_PATH, new byte[HotMapFormat.MAX_BYTES + 1]), 413, "usage");
    assertThat(get(MAP_PATH).body()).isEqualTo(map(ONE));
    assertThat(blob(ONE).body()).isEqualTo(ONE);
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aPackWithAnotherDigestLeavesNothing() throws Exception {
    List<String> before = files();
    assertFails(put(BlobdApi.hotPack(IMAGE, KEY, Digest.of(ONE)), TWO), 422, "corrupt");
    assertFails(blob(ONE), 404, "not-found");
    assertThat(files()).hasSizeLessThanOrEqualTo(before.size() + 1);
  }

  @Test
  void aPackLongerThanOneMayBeIsRefusedBeforeItIsStored() throws Exception {
    try (Socket socket =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), blobd.server().uri().getPort())) {
      socket
          .getOutputStream()
          .write(
              "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                  .formatted(
                      BlobdApi.hotPack(IMAGE, KEY, Digest.of(ONE)), HotMapFormat.MAX_PACK_BYTES + 1)
                  .getBytes(UTF_8));
      // As much as the server reads before it answers.
      socket.getOutputStream().write(new byte[32 << 20]);
      assertThat(new String(socket.getInputStream().readNBytes(12), UTF_8))
          .isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void anImageOrAProfileThatIsNotThereHasNoHotPacks() throws Exception {
    List<String> before = files();
    Digest nowhere = Digest.of(new byte[] {1});
    Digest pack = Digest.of(ONE);
    assertFails(get(BlobdApi.hotMap(nowhere, KEY)), 404, "unknown-image");
    assertFails(put(BlobdApi.hotMap(nowhere, KEY), map(ONE)), 404, "unknown-image");
    assertFails(put(BlobdApi.hotPack(nowhere, KEY, pack), ONE), 404, "unknown-image");
    // A blob that is no manifest.
    assertFails(put(BlobdApi.hotPack(Digest.of(INDEX), KEY, pack), ONE), 422, "corrupt");
    CommandKey unknown = Fixture.key(3);
    assertFails(get(BlobdApi.hotMap(IMAGE, unknown)), 404, "not-found");
    assertFails(putPack(unknown, ONE), 409, "incomplete");
    assertFails(put(BlobdApi.hotMap(IMAGE, unknown), map(ONE)), 409, "incomplete");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void changesNeedTheTokenAndReadsDoNot() throws Exception {
    putHot(KEY, ONE);
    blobd.close();
    blobd = Fixture.guarded(directory, Optional.empty());
    assertFails(putPack(KEY, TWO), 401, "unauthorized");
    assertFails(put(MAP_PATH, map(ONE)), 401, "unauthorized");
    assertThat(get(MAP_PATH).body()).isEqualTo(map(ONE));
    assertThat(blob(ONE).body()).isEqualTo(ONE);
    String path = BlobdApi.hotPack(IMAGE, KEY, Digest.of(TWO));
    String[] token = {"Authorization", "Bearer " + Fixture.TOKEN};
    assertThat(put(path, TWO, token).statusCode()).isEqualTo(201);
    assertThat(put(MAP_PATH, map(TWO), token).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/IMAGE/KEY/hot/",
        "/IMAGE/KEY/hot/abc",
        "/IMAGE/KEY/hot/HEX",
        "/IMAGE/KEY/hot/..",
        "/IMAGE/KEY/hot/%2e%2e",
        "/IMAGE/KEY/hot/sha256:..%2f..%2f..%2fnames",
        "/IMAGE/KEY/hot/IMAGE/more",
        "/IMAGE/KEY/HOT",
        "/IMAGE/..%2fhot/hot",
        "/..%2f..%2f/KEY/hot",
      })
  void whatIsNoManifestKeyAndDigestIsRefusedBeforeAnyFileIsTouched(String pattern)
      throws Exception {
    String path =
        BlobdApi.PROFILES
            + pattern
                .replace("IMAGE", IMAGE.toString())
                .replace("HEX", IMAGE.hex())
                .replace("KEY", KEY.hex());
    List<String> before = files();
    for (HttpResponse<byte[]> answer : List.of(get(path), put(path, ONE))) {
      assertThat(answer.statusCode()).as(path).isIn(400, 404);
      assertThat(new String(answer.body(), UTF_8)).contains("\"error\"");
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aDamagedMapCanBeReplaced() throws Exception {
    putHot(KEY, ONE);
    Files.write(blobd.store().resolve("hot", IMAGE.hex(), KEY.hex()), new byte[] {1, 2, 3});
    putHot(KEY, TWO);
    assertThat(get(MAP_PATH).body()).isEqualTo(map(TWO));
  }
}
