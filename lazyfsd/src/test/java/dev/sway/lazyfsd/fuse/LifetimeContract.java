package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.linux.MountInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Mounting and unmounting.
interface LifetimeContract extends Mounted {
  /// What a process holds.
  ///
  /// @param mounts below its folder: other processes have theirs elsewhere
  record Holdings(long threads, long descriptors, int mounts, long residentKib) {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+([0-9]+) kB");

    static Holdings now(Path folder) throws IOException {
      System.gc();
      Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc/self/status")));
      assertThat(resident.find()).isTrue();
      return new Holdings(
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("fuse-"))
              .count(),
          count("/proc/self/fd"),
          MountInfo.below(folder).size(),
          Long.parseLong(resident.group(1)));
    }

    private static long count(String folder) throws IOException {
      try (Stream<Path> entries = Files.list(Path.of(folder))) {
        return entries.count();
      }
    }
  }

  @Test
  default void twoHundredMountsLeaveNothing() throws Exception {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    HookedView view = view(image.file("/file", new byte[200_000]));
    Path point = Files.createDirectories(folder().resolve("again"));
    // What is made once, such as threads of the JVM and compiled code, is not what is looked for.
    mounts(view, point, 60);
    Holdings before = Holdings.now(folder().toRealPath());
    mounts(view, point, 200);
    Holdings after = Holdings.now(folder().toRealPath());
    assertThat(after.threads()).isEqualTo(before.threads());
    assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
    assertThat(after.mounts()).isEqualTo(before.mounts());
    assertThat(after.residentKib())
        .as("%s, then %s", before, after)
        .isLessThan(before.residentKib() + 20 * 1024);
  }

  private void mounts(HookedView view, Path point, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      try (FuseMount mount = transport().mount(view, point, "sway:again")) {
        assertThat(Files.readAllBytes(mount.point().resolve("file"))).hasSize(200_000);
        assertThat(Posix.call("access", point + "/none", 0).value()).isNegative();
      }
      assertThat(point).isEmptyDirectory();
    }
  }

  @Test
  default void mountIsReadOnlyAndPrivilegesAndDevicesMeanNothingOnIt() throws Exception {
    String line =
        Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
            .filter(text -> text.contains(" " + root() + " "))
            .findFirst()
            .orElseThrow();
    assertThat(line.split(" ", -1)[5].split(",", -1)).contains("ro", "nosuid", "nodev", "noatime");
    assertThat(line).contains("fuse.sway", "sway:shared", "allow_other", "default_permissions");
  }

  @Test
  default void unmountUnderBusyReadersEndsThemWithErrors() throws Exception {
    FuseMount mount = mount(specimenView(), "busy");
    AtomicLong reads = new AtomicLong();
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        int number = i;
        all.add(
            readers.start(() -> {
              String path = mount.point() + (number % 2 == 0 ? "/large" : "/noise");
              int fd = Posix.open(path, Posix.O_RDONLY | Posix.O_DIRECT);
              Posix.Result result;
              do {
                result = Posix.call("pread", fd, new byte[8192], 4096L, (number + 1) * 4096L);
                reads.incrementAndGet();
              } while (result.value() > 0);
              assertThat(result.value()).as("an error, no end").isNegative();
              closeAborted(fd);
            }));
      }
      while (reads.get() < 500) {
        Thread.onSpinWait();
      }
      long began = System.nanoTime();
      mount.close();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      Readers.await(all);
    }
    assertThat(mount.point()).isEmptyDirectory();
  }

  /// The kernel says that the connection is gone, and closes it all the same.
  private static void closeAborted(int fd) {
    Posix.call("close", fd);
  }

  @Test
  default void unmountDoesNotWaitForReadersThatGetNoAnswer() throws Exception {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    HookedView view = view(image.file("/slow", "slow"));
    FuseMount mount = mount(view, "unanswered");
    view.gate("slow");
    try (Readers readers = new Readers()) {
      int fd = Posix.open(mount.point() + "/slow", Posix.O_RDONLY);
      Future<?> stuck =
          readers.start(
              () -> assertThat(Posix.call("pread", fd, new byte[10], 4L, 0L).value()).isNegative());
      while (view.waiting.get() == 0) {
        Thread.onSpinWait();
      }
      Future<?> closing = readers.start(mount::close);
      Readers.await(List.of(stuck));
      view.openGate();
      Readers.await(List.of(closing));
      closeAborted(fd);
    }
    assertThat(mount.point()).isEmptyDirectory();
    mount.close();
  }
}
