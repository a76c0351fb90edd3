package dev.sway.blobd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.hot.HotMapReader;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryHotTest {
  private static final Digest IMAGE = Digest.of(new byte[] {1});
  private static final CommandKey KEY = Fixture.key(1);
  private static final byte[] ONE = Fixture.content(1001);
  private static final byte[] TWO = Fixture.content(1002);
  private static final Duration OLD = Duration.ofMinutes(61);

  @TempDir Path directory;
  private DirectoryStore store;
  private HotStore hot;

  @BeforeEach
  void open() throws IOException {
    store = DirectoryStore.open(directory.resolve("store"));
    hot = store.hot();
    putProfile(1);
  }

  @AfterEach
  void close() throws IOException {
    assertThat(directory.resolve("store/tmp")).isEmptyDirectory();
    store.close();
  }

  private void reopen() throws IOException {
    store.close();
    store = DirectoryStore.open(directory.resolve("store"));
    hot = store.hot();
  }

  private void putProfile(int number) throws IOException {
    CommandKey key = Fixture.key(number);
    store
        .profiles()
        .put(IMAGE, key, ProfileWriter.write(Fixture.profile(IMAGE, key, 1, false)), _ -> {});
  }

  private void putPack(CommandKey key, byte[] pack) throws IOException {
    hot.putPack(IMAGE, key, Digest.of(pack), new ByteArrayInputStream(pack));
  }

  private void putMap(CommandKey key, byte[] pack) throws IOException {
    HotMap map = Fixture.hotMap(IMAGE, pack);
    hot.putMap(IMAGE, key, HotMapWriter.write(map));
  }

  private void put(CommandKey key, byte[] pack) throws IOException {
    putPack(key, pack);
    putMap(key, pack);
  }

  private boolean has(byte[] pack) throws IOException {
    return hot.size(Digest.of(pack)).isPresent();
  }

  private boolean hasMap(CommandKey key) throws IOException {
    var map = hot.find(IMAGE, key);
    if (map.isPresent()) {
      map.get().close();
    }
    return map.isPresent();
  }

  private Path folder() {
    return directory.resolve("store/hot", IMAGE.hex());
  }

  private Path packFile(CommandKey key, byte[] pack) {
    return folder().resolve(key.hex() + "-" + Digest.of(pack).hex());
  }

  private Path mapFile(CommandKey key) {
    return folder().resolve(key.hex());
  }

  private static void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  @Test
  void aPackWhoseMapNeverCameIsSweptAfterAnHour() throws Exception {
    putPack(KEY, ONE);
    age(packFile(KEY, ONE), Duration.ofMinutes(59));
    reopen();
    assertThat(has(ONE)).isTrue();
    putMap(KEY, ONE);
    putPack(KEY, TWO);
    age(packFile(KEY, TWO), OLD);
    age(packFile(KEY, ONE), OLD);
    age(mapFile(KEY), OLD);
    reopen();
    assertThat(has(TWO)).isFalse();
    assertThat(packFile(KEY, TWO)).doesNotExist();
    assertThat(has(ONE)).isTrue();
    assertThat(hasMap(KEY)).isTrue();
  }

  @Test
  void aPackThatItsDiskHasChangedIsMendedByStoringItAgain() throws Exception {
    put(KEY, ONE);
    byte[] changed = ONE.clone();
    changed[500] ^= 1;
    Files.write(packFile(KEY, ONE), changed);
    assertThat(hot.putPack(IMAGE, KEY, Digest.of(ONE), new ByteArrayInputStream(ONE))).isTrue();
    assertThat(packFile(KEY, ONE)).hasBinaryContent(ONE);
    assertThat(hot.putPack(IMAGE, KEY, Digest.of(ONE), new ByteArrayInputStream(ONE))).isFalse();
  }

  @Test
  void aProfileThatGoesWhileItsPackComesLeavesNoPack() throws Exception {
    InputStream late =
        new ByteArrayInputStream(ONE) {
          private boolean begun;

          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            if (!begun) {
              begun = true;
              try {
                store.profiles().remove(IMAGE, KEY, _ -> {});
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
            return super.read(bytes, offset, length);
          }
        };
    assertThatThrownBy(() -> hot.putPack(IMAGE, KEY, Digest.of(ONE), late))
        .isInstanceOf(SwayException.class)
        .hasMessageContaining("has no profile");
    assertThat(folder()).isEmptyDirectory();
    assertThat(has(ONE)).isFalse();
  }

  @Test
  void whatIsInOrderStaysHoweverOldItIs() throws Exception {
    put(KEY, ONE);
    age(packFile(KEY, ONE), OLD);
    age(mapFile(KEY), OLD);
    reopen();
    assertThat(has(ONE)).isTrue();
    assertThat(hasMap(KEY)).isTrue();
  }

  @Test
  void thePackOfAReplacedMapIsSweptWhereTheProcessWasKilledBetween() throws Exception {
    put(KEY, ONE);
    putPack(KEY, TWO);
    // What putMap does first.
    Files.write(mapFile(KEY), HotMapWriter.write(Fixture.hotMap(IMAGE, TWO)));
    age(packFile(KEY, ONE), OLD);
    reopen();
    assertThat(has(ONE)).isFalse();
    assertThat(has(TWO)).isTrue();
  }

  @Test
  void whatBelongsToNoProfileIsSweptAfterAnHour() throws Exception {
    putProfile(2);
    put(KEY, ONE);
    put(Fixture.key(2), TWO);
    // As a version does that knows nothing of hot packs.
    for (CommandKey key : List.of(KEY, Fixture.key(2))) {
      Files.delete(directory.resolve("store/profiles", IMAGE.hex(), key.hex()));
    }
    age(packFile(KEY, ONE), OLD);
    age(mapFile(KEY), OLD);
    reopen();
    assertThat(has(ONE)).isFalse();
    assertThat(hasMap(KEY)).isFalse();
    assertThat(has(TWO)).isTrue();
    assertThat(hasMap(Fixture.key(2))).isTrue();
  }

  @Test
  void aMapWithoutItsPackAndADamagedOneAreSwept() throws Exception {
    putProfile(2);
    put(KEY, ONE);
    put(Fixture.key(2), TWO);
    Files.delete(packFile(KEY, ONE));
    age(mapFile(KEY), OLD);
    putPack(Fixture.key(2), ONE);
    Files.write(mapFile(Fixture.key(2)), new byte[] {1});
    age(mapFile(Fixture.key(2)), OLD);
    reopen();
    assertThat(hasMap(KEY)).isFalse();
    assertThat(hasMap(Fixture.key(2))).isFalse();
  }

  @Test
  void otherFilesInTheFolderAreLeftAlone() throws Exception {
    put(KEY, ONE);
    List<Path> mine =
        List.of(
            folder().resolve("README"),
            folder().resolve(KEY.hex() + "-x"),
            directory.resolve("store/hot/README"));
    for (Path file : mine) {
      Files.writeString(file, "mine");
      age(file, OLD);
    }
    reopen();
    assertThat(mine).allSatisfy(file -> assertThat(file).exists());
    assertThat(has(ONE)).isTrue();
  }

  @Test
  void aProfileThatMakesRoomTakesItsHotPackAlong() throws Exception {
    put(KEY, ONE);
    Path oldest = directory.resolve("store/profiles", IMAGE.hex(), KEY.hex());
    for (int i = 2; i <= BlobdApi.MAX_PROFILES; i++) {
      Files.copy(oldest, oldest.resolveSibling(Fixture.key(i).hex()));
    }
    put(Fixture.key(2), TWO);
    age(oldest, OLD);
    putProfile(1000);
    assertThat(has(ONE)).isFalse();
    assertThat(folder())
        .isDirectoryNotContaining(file -> file.getFileName().toString().startsWith(KEY.hex()));
    assertThat(has(TWO)).isTrue();
  }

  @Test
  void onlySoManyPacksOfAProfileWaitForTheirMaps() throws Exception {
    put(KEY, ONE);
    age(packFile(KEY, ONE), OLD);
    for (int i = 0; i < 10; i++) {
      byte[] pack = Fixture.content(100 + i);
      putPack(KEY, pack);
      age(packFile(KEY, pack), Duration.ofMinutes(30 - i));
    }
    assertThat(has(ONE)).isTrue();
    assertThat(
            IntStream.range(0, 10)
                .filter(i -> Files.exists(packFile(KEY, Fixture.content(100 + i)))))
        .containsExactly(6, 7, 8, 9);
    assertThat(has(Fixture.content(105))).isFalse();
  }

  /// Makes a pack as large as it may be; the store asks for sizes, and not for what is in it.
  private static void enlarge(Path file) throws IOException {
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(HotMapFormat.MAX_PACK_BYTES);
    }
  }

  @Test
  void theHotPacksOfAnImageTogetherAreBounded() throws Exception {
    int most = (int) (BlobdApi.MAX_HOT_BYTES / HotMapFormat.MAX_PACK_BYTES);
    for (int i = 0; i < most; i++) {
      putProfile(i);
      byte[] pack = Fixture.content(100 + i);
      put(Fixture.key(i), pack);
      enlarge(packFile(Fixture.key(i), pack));
      age(packFile(Fixture.key(i), pack), OLD.minusMinutes(i));
      age(mapFile(Fixture.key(i)), OLD.minusMinutes(i));
    }
    // Younger than all, but of no use yet.
    Files.delete(mapFile(Fixture.key(5)));
    putProfile(100);
    put(Fixture.key(100), ONE);
    putProfile(101);
    put(Fixture.key(101), TWO);
    assertThat(has(Fixture.content(105))).isFalse();
    assertThat(has(Fixture.content(100))).isTrue();
    enlarge(packFile(Fixture.key(100), ONE));
    put(Fixture.key(101), TWO);
    assertThat(has(Fixture.content(100))).isFalse();
    assertThat(hasMap(Fixture.key(0))).isFalse();
    assertThat(has(Fixture.content(101))).isTrue();
    assertThat(has(ONE)).isTrue();
    assertThat(has(TWO)).isTrue();
  }

  @Test
  void whoReadsAHotPackKeepsItWhileItIsReplaced() throws Exception {
    put(KEY, ONE);
    try (InputStream in = hot.read(Digest.of(ONE), 0, ONE.length)) {
      put(KEY, TWO);
      assertThat(in.readAllBytes()).isEqualTo(ONE);
    }
    assertThatThrownBy(() -> hot.read(Digest.of(ONE), 0, 1))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
  }

  @Test
  void severalWhoStoreTheirsAtOnceLeaveOneMapAndItsPack() throws Exception {
    int writers = 4;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Callable<Void>> calls =
          IntStream.range(0, writers)
              .<Callable<Void>>mapToObj(i ->
                  () -> {
                    put(KEY, Fixture.content(50_000 + i));
                    return null;
                  })
              .toList();
      for (Future<Void> call : threads.invokeAll(calls)) {
        call.get();
      }
    }
    try (OpenFile map = hot.find(IMAGE, KEY).orElseThrow();
        Stream<Path> files = Files.list(folder())) {
      Digest named = HotMapReader.read(map.content().readAllBytes(), "it").pack().digest();
      assertThat(files).hasSize(2);
      assertThat(hot.size(named)).isPresent();
    }
  }

  @Test
  void severalMayStoreTheSameAtOnce() throws Exception {
    int writers = 4;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      Callable<Void> call =
          () -> {
            put(KEY, ONE);
            return null;
          };
      for (Future<Void> done :
          threads.invokeAll(Stream.generate(() -> call).limit(writers).toList())) {
        done.get();
      }
    }
    assertThat(has(ONE)).isTrue();
    assertThat(hasMap(KEY)).isTrue();
  }

  @Test
  void aFolderThatIsInTheWayIsNamedAndNothingIsLeft() throws Exception {
    Files.write(folder(), new byte[1]);
    assertThatThrownBy(() -> putPack(KEY, ONE))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining(IMAGE.hex());
    assertThat(has(ONE)).isFalse();
  }

  @Test
  void aMapThatCannotBeWrittenLeavesTheFormerOneAndItsPack() throws Exception {
    put(KEY, ONE);
    putPack(KEY, TWO);
    Path temporary = directory.resolve("store/tmp");
    Files.delete(temporary);
    assertThatThrownBy(() -> putMap(KEY, TWO))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE));
    Files.createDirectory(temporary);
    assertThat(has(ONE)).isTrue();
    assertThat(Files.readAllBytes(mapFile(KEY)))
        .isEqualTo(HotMapWriter.write(Fixture.hotMap(IMAGE, ONE)));
  }
}
