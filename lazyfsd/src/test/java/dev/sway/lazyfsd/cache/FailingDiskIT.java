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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A cache on a disk that fails: an ext4 in a file that is cut off under it, so that the kernel
/// answers with I/O errors behind the cut. Needs root and loop devices.
@Timeout(120)
class FailingDiskIT {
  private static final long DISK_BYTES = 96 << 20;

  /// What is left of it: the metadata of ext4, and some of the frames.
  private static final long LEFT_BYTES = 12 << 20;

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
    needs("mkfs.ext4", "-q", "-F", "-O", "^has_journal", backing);
    needs("mount", "-o", "loop,errors=continue", backing, disk);
  }

  private static void needs(Object... words) throws Exception {
    Command.Ended ended;
    try {
      ended = Command.run(words);
    } catch (IOException e) {
      ended = new Command.Ended(-1, e.toString());
    }
    assumeThat(ended.exitCode())
        .as("this machine mounts images of disks: " + ended.output())
        .isZero();
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
}
