package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A cache on a disk that fails: an ext4 in a file that is cut off under it, so that the kernel
/// answers with I/O errors behind the cut. Needs root, loop devices and e2fsprogs.
@Timeout(120)
class FailingDiskIT {
  private static final long DISK_BYTES = 96 << 20;

  /// What is left of it: the metadata of ext4, and some of the frames.
  private static final long LEFT_BYTES = 12 << 20;

  private static final int BLOCK = 1024;

  private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

  @TempDir Path folder;
  private final TestPack pack = CacheUser.pack();
  private final FakeSource source = new FakeSource(pack.bytes);
  private final FetchCounters counters = new FetchCounters();
  private Path backing;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    Needs.rootAndFuse();
    assumeThat(Files.isWritable(DROP_CACHES)).as("the page cache may be dropped").isTrue();
    backing = folder.resolve("backing");
    disk = Files.createDirectory(folder.resolve("disk"));
    resize(DISK_BYTES);
    // Without a journal, whose loss would have the kernel refuse everything.
    needs("mkfs.ext4", "-q", "-F", "-b", BLOCK, "-O", "^has_journal", backing);
    needs("mount", "-o", "loop,errors=continue", backing, disk);
  }

  private static String needs(Object... words) throws Exception {
    Command.Ended ended;
    try {
      ended = Command.run(words);
    } catch (IOException e) {
      ended = new Command.Ended(-1, e.toString());
    }
    assumeThat(ended.exitCode())
        .as("this machine mounts images of disks: " + ended.output())
        .isZero();
    return ended.output();
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) {
      Command.run("umount", "--lazy", disk);
    }
  }

  private void resize(long length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(backing.toFile(), "rw")) {
      file.setLength(length);
    }
  }

  @Test
  void whatCannotBeReadIsFetchedAndNothingIsWrong() throws Exception {
    try (PackCache cache = new PackCache(disk.resolve("cache"), source)) {
      pack.readAll(cache, counters);
      int all = source.requests.size();
      pack.readAll(cache, counters);
      assertThat(source.requests).as("all is on the disk").hasSize(all);
      assertThat(Command.run("sync", "--file-system", disk).exitCode()).isZero();
      resize(LEFT_BYTES);
      Files.writeString(DROP_CACHES, "1");
      pack.readAll(cache, counters);
      int again = source.requests.size() - all;
      assertThat(again).as("what was cut off is fetched again, and no more").isBetween(1, all - 1);
      pack.readAll(cache, counters);
    }
  }

  /// Has the cache's file of a pack on the disk that fails.
  private Path onDisk(Path cache, TestPack of, String suffix) throws IOException {
    String name = of.reference.digest().hex() + suffix;
    Files.createSymbolicLink(cache.resolve(name), disk.resolve(name));
    return disk.resolve(name);
  }

  /// The first block of the disk that has some of a file's content.
  private long firstBlock(Path file) throws Exception {
    String command = "blocks /" + disk.relativize(file);
    return Stream.of(needs("debugfs", "-R", command, backing).split("\\s+"))
        .filter(word -> word.matches("[1-9][0-9]*"))
        .mapToLong(Long::parseLong)
        .min()
        .orElseThrow();
  }

  @Test
  void replicasInBadPlacesKeepNobodyFromEvictingTheOthers() throws Exception {
    Random random = new Random(1);
    TestPack good = new TestPack(random, 100, 64 << 10, 0);
    TestPack badLog = new TestPack(random, 20, 64 << 10, 0);
    TestPack badData = new TestPack(random, 20, 64 << 10, 0);
    List<TestPack> all = List.of(badData, badLog, good);
    all.forEach(one -> source.add(one.reference.digest(), one.bytes));
    Path folderOfCache = Files.createDirectory(folder.resolve("cache"));
    Path log = onDisk(folderOfCache, badLog, ".frames");
    Path data = onDisk(folderOfCache, badData, ".pack");
    // This one stays open, so that the next does not clear up.
    try (PackCache before = new PackCache(folderOfCache, source)) {
      for (TestPack one : all) {
        one.readAll(before, counters);
      }
      // What the log does not have is to be reclaimed, which fails.
      Path half = folderOfCache.resolve(badData.reference.digest().hex() + ".frames");
      try (RandomAccessFile file = new RandomAccessFile(half.toFile(), "rw")) {
        file.setLength(10 * PresenceLog.RECORD);
      }
      assertThat(Command.run("sync", "--file-system", disk).exitCode()).isZero();
      resize(Math.min(firstBlock(log), firstBlock(data)) * BLOCK);
      Files.writeString(DROP_CACHES, "1");
      try (PackCache cache = new PackCache(folderOfCache, new CacheLimits(2 << 20, 0), source)) {
        assertThat(cache.settle(Duration.ofSeconds(30))).isTrue();
        assertThat(cache.usage().frames()).as("no more went than had to").isPositive();
        for (TestPack one : all) {
          one.readAll(cache, counters);
        }
      }
    }
  }
}
