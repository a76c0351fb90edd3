package dev.sway.blobd.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiServer;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProfilesTest {
  private static final byte[] MANIFEST = Fixture.manifest(Fixture.content(1000));
  private static final Digest IMAGE = Digest.of(MANIFEST);
  private static final CommandKey KEY = Fixture.key(1);

  @TempDir Path directory;

  private static Profile profile(int runs) {
    return Fixture.profile(IMAGE, KEY, runs, false);
  }

  private static void assertFails(FailureKind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(SwayException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void profilesAreStoredFoundListedAndRemoved() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Profiles profiles = blobd.client().profiles();
      assertThat(profiles.list(IMAGE)).isEmpty();
      assertThat(profiles.find(IMAGE, KEY)).isEmpty();
      assertThat(profiles.remove(IMAGE, KEY)).isFalse();
      profiles.create(profile(1));
      assertFails(FailureKind.CHANGED, "by now", () -> profiles.create(profile(2)));
      FetchedProfile found = profiles.find(IMAGE, KEY).orElseThrow();
      assertThat(found.profile()).isEqualTo(profile(1));
      profiles.replace(profile(2), found.tag());
      assertFails(FailureKind.CHANGED, "by now", () -> profiles.replace(profile(3), found.tag()));
      profiles.put(profile(4));
      assertThat(profiles.list(IMAGE))
          .singleElement()
          .satisfies(listed -> {
            assertThat(listed.key()).isEqualTo(KEY);
            assertThat(listed.bytes()).isEqualTo(ProfileWriter.write(profile(4)).length);
            assertThat(listed.hotBytes()).hasValue(0);
          });
      assertThat(profiles.remove(IMAGE, KEY)).isTrue();
      assertThat(profiles.list(IMAGE)).isEmpty();
    }
  }

  @Test
  void aDamagedProfileIsReplacedByAnUpdate() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Profiles profiles = blobd.client().profiles();
      profiles.put(profile(1));
      try (Stream<Path> files = Files.walk(directory)) {
        Path file =
            files
                .filter(path -> path.endsWith(Path.of(IMAGE.hex(), KEY.hex())))
                .findFirst()
                .orElseThrow();
        Files.write(file, new byte[] {1, 2, 3});
      }
      assertThat(profiles.update(IMAGE, KEY, stored -> Optional.of(profile(7))))
          .contains(profile(7));
      assertThat(profiles.find(IMAGE, KEY).orElseThrow().profile()).isEqualTo(profile(7));
    }
  }

  @Test
  void writersAtTheSameTimeLoseNothing() throws Exception {
    int writers = 6;
    int times = 5;
    try (Fixture blobd = Fixture.open(directory);
        ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Callable<Void> writer =
          () -> {
            for (int i = 0; i < times; i++) {
              blobd
                  .client()
                  .profiles()
                  .update(
                      IMAGE,
                      KEY,
                      stored -> Optional.of(profile(1 + stored.map(Profile::runs).orElse(0))));
            }
            return null;
          };
      for (Future<Void> done :
          threads.invokeAll(Stream.generate(() -> writer).limit(writers).toList())) {
        done.get();
      }
      assertThat(blobd.client().profiles().find(IMAGE, KEY).orElseThrow().profile().runs())
          .isEqualTo(writers * times);
    }
  }

  @Test
  void anUpdateThatChangesNothingWritesNothing() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Profiles profiles = blobd.client().profiles();
      assertThat(profiles.update(IMAGE, KEY, _ -> Optional.empty())).isEmpty();
      assertThat(profiles.list(IMAGE)).isEmpty();
    }
  }

  @Test
  void anImageThatTheServerLacksIsUnknown() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      Profiles profiles = blobd.client().profiles();
      assertFails(FailureKind.UNKNOWN_IMAGE, IMAGE.toString(), () -> profiles.list(IMAGE));
      assertFails(FailureKind.UNKNOWN_IMAGE, IMAGE.toString(), () -> profiles.find(IMAGE, KEY));
      assertFails(FailureKind.UNKNOWN_IMAGE, IMAGE.toString(), () -> profiles.put(profile(1)));
    }
  }

  @FunctionalInterface
  private interface Use {
    void with(Profiles profiles) throws Exception;
  }

  /// Has a client talk to a server with other routes than blobd's.
  private static void at(HttpRouting.Builder routing, Use use) throws Exception {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
    try (ApiServer server =
            ApiServer.start(
                new Program("blobd", nowhere, nowhere, false),
                ListenAddress.parse("127.0.0.1:0"),
                8 << 20,
                routing);
        BlobClient client = new BlobClient(server.uri(), Optional.empty())) {
      use.with(client.profiles());
    }
  }

  private static HttpRouting.Builder answering(byte[] body, Optional<String> tag) {
    return HttpRouting.builder()
        .get(
            BlobdApi.PROFILES + "/*",
            (_, response) -> {
              tag.ifPresent(text -> response.header(HeaderNames.ETAG, text));
              response.send(body);
            });
  }

  @Test
  void aServerThatIsTooOldHasNoProfiles() throws Exception {
    at(
        HttpRouting.builder(),
        profiles -> {
          assertThat(profiles.list(IMAGE)).isEmpty();
          assertThat(profiles.find(IMAGE, KEY)).isEmpty();
          assertThat(profiles.remove(IMAGE, KEY)).isFalse();
          assertFails(
              FailureKind.NOT_FOUND, "too old to keep profiles", () -> profiles.put(profile(1)));
        });
  }

  @Test
  void whatAServerSendsIsBoundedAndChecked() throws Exception {
    Optional<String> tag = Optional.of("\"t\"");
    byte[] tooLong = new byte[BlobdApi.MAX_PROFILE_BYTES + 1];
    at(
        answering(tooLong, tag),
        profiles -> {
          assertFails(FailureKind.CORRUPT, "more than", () -> profiles.find(IMAGE, KEY));
          assertFails(FailureKind.CORRUPT, "more than", () -> profiles.list(IMAGE));
        });
    for (Profile other :
        List.of(
            Fixture.profile(Digest.of(new byte[0]), KEY, 1, false),
            Fixture.profile(IMAGE, Fixture.key(2), 1, false))) {
      at(
          answering(ProfileWriter.write(other), tag),
          profiles ->
              assertFails(FailureKind.CORRUPT, "is a profile of", () -> profiles.find(IMAGE, KEY)));
    }
    byte[] good = ProfileWriter.write(profile(1));
    for (Optional<String> bad :
        List.of(Optional.<String>empty(), Optional.of("x"), Optional.of("\"a\"b\""))) {
      at(
          answering(good, bad),
          profiles ->
              assertFails(
                  FailureKind.BLOBD_UNREACHABLE, "without a tag", () -> profiles.find(IMAGE, KEY)));
    }
    at(
        answering(
            "{\"profiles\":[{\"key\":\"../x\",\"bytes\":1,\"modified\":\"2026-01-01T00:00:00Z\"}]}"
                .getBytes(UTF_8),
            tag),
        profiles ->
            assertFails(FailureKind.BLOBD_UNREACHABLE, "that is none", () -> profiles.list(IMAGE)));
  }

  private static final byte[] PACK = Fixture.content(100_000);
  private static final HotMap MAP = Fixture.hotMap(IMAGE, PACK);

  private Path packFile() throws IOException {
    return Files.write(directory.resolve("hot.pack"), PACK);
  }

  @Test
  void aHotPackAndItsMapAreStoredAndFoundAgain() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Profiles profiles = blobd.client().profiles();
      assertFails(
          FailureKind.INCOMPLETE,
          "has no profile " + KEY,
          () -> profiles.putHot(MAP, KEY, packFile()));
      profiles.put(profile(1));
      assertThat(profiles.hot(IMAGE, KEY)).isEmpty();
      profiles.putHot(MAP, KEY, packFile());
      assertThat(profiles.hot(IMAGE, KEY).map(FetchedFile::content)).contains(MAP);
      assertThat(profiles.list(IMAGE))
          .extracting(ListedProfile::hotBytes)
          .containsExactly(OptionalLong.of(PACK.length));
      assertThat(blobd.client().range(MAP.pack().digest(), 500, 1000))
          .isEqualTo(Arrays.copyOfRange(PACK, 500, 1500));
      profiles.remove(IMAGE, KEY);
      assertThat(profiles.hot(IMAGE, KEY)).isEmpty();
    }
  }

  @Test
  void aLargeHotPackThatIsRefusedIsToldWhy() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(IMAGE, MANIFEST);
      Path file = packFile();
      try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
        large.setLength(100 << 20);
      }
      assertFails(
          FailureKind.INCOMPLETE,
          "has no profile " + KEY,
          () -> blobd.client().profiles().putHot(MAP, KEY, file));
    }
  }

  @Test
  void aHotPackThatNoServerKeepsIsNotSent() throws Exception {
    at(
        HttpRouting.builder(),
        profiles -> {
          Path file = packFile();
          try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(HotMapFormat.MAX_PACK_BYTES + 1);
          }
          assertFails(FailureKind.USAGE, "hot pack " + KEY, () -> profiles.putHot(MAP, KEY, file));
          Path nowhere = directory.resolve("nowhere");
          assertFails(FailureKind.STORAGE, "nowhere", () -> profiles.putHot(MAP, KEY, nowhere));
        });
  }

  @Test
  void aListTellsWhetherTheServerKnowsOfHotPacks() throws Exception {
    String profile =
        "{\"key\":\"%s\",\"bytes\":1,\"modified\":\"2026-01-01T00:00:00Z\"".formatted(KEY);
    Map<String, OptionalLong> lists =
        Map.of(
            "{\"profiles\":[%s}]}".formatted(profile),
            OptionalLong.empty(),
            "{\"profiles\":[%s,\"hotBytes\":7}]}".formatted(profile),
            OptionalLong.of(7),
            "{\"profiles\":[%s,\"hotBytes\":7,\"newer\":1}],\"newer\":[]}".formatted(profile),
            OptionalLong.of(7));
    for (Map.Entry<String, OptionalLong> list : lists.entrySet()) {
      at(
          answering(list.getKey().getBytes(UTF_8), Optional.empty()),
          profiles ->
              assertThat(profiles.list(IMAGE))
                  .as(list.getKey())
                  .extracting(ListedProfile::hotBytes)
                  .containsExactly(list.getValue()));
    }
    at(
        answering(
            "{\"profiles\":[%s,\"hotBytes\":-2}]}".formatted(profile).getBytes(UTF_8),
            Optional.empty()),
        profiles ->
            assertFails(FailureKind.BLOBD_UNREACHABLE, "that is none", () -> profiles.list(IMAGE)));
  }

  @Test
  void aServerThatIsTooOldHasNoHotPacks() throws Exception {
    at(
        HttpRouting.builder(),
        profiles -> {
          assertThat(profiles.hot(IMAGE, KEY)).isEmpty();
          assertFails(
              FailureKind.NOT_FOUND,
              "too old to keep hot packs",
              () -> profiles.putHot(MAP, KEY, packFile()));
        });
  }

  @Test
  void aHotMapThatIsDamagedTooLongOrOfAnotherImageIsCorrupt() throws Exception {
    byte[] good = HotMapWriter.write(MAP);
    byte[] flipped = good.clone();
    flipped[good.length / 2] ^= 1;
    byte[] other = HotMapWriter.write(Fixture.hotMap(Digest.of(PACK), PACK));
    byte[] tooLong = new byte[HotMapFormat.MAX_BYTES + 1];
    for (byte[] bad : List.of(flipped, other, tooLong, new byte[0])) {
      at(
          answering(bad, Optional.empty()),
          profiles -> assertFails(FailureKind.CORRUPT, "", () -> profiles.hot(IMAGE, KEY)));
    }
    at(
        answering(good, Optional.empty()),
        profiles -> assertThat(profiles.hot(IMAGE, KEY).map(FetchedFile::content)).contains(MAP));
  }

  @Test
  void aServerWhereOthersAreAlwaysFirstIsGivenUp() throws Exception {
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .put(
                BlobdApi.PROFILES + "/*",
                (_, _) -> {
                  throw new SwayException(FailureKind.CHANGED, "another was first");
                });
    at(
        routing,
        profiles ->
            assertFails(
                FailureKind.CHANGED,
                "another was first",
                () -> profiles.update(IMAGE, KEY, _ -> Optional.of(profile(1)))));
  }
}
