package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.linux.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// What readers see where the view fails or does not answer.
interface FailureContract extends Mounted {
  private TestImage image() throws IOException {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    for (int i = 0; i < stuckReadersItBears(); i++) {
      image.file("/slow-" + i, "slow");
    }
    for (int i = 0; i < 3; i++) {
      image.symlink("/link-" + i, "quick");
    }
    return image.file("/quick", "quick").file("/directory/child", "x");
  }

  /// How many files may be waited for at once without anybody else's having to wait.
  int stuckReadersItBears();

  private static void until(String what, java.util.function.BooleanSupplier reached) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  @Test
  default void readersThatWaitStopNobodyElse() throws Exception {
    HookedView view = view(image());
    Path point = mount(view, "stuck").point();
    view.gate("slow");
    int count = stuckReadersItBears();
    try (Readers readers = new Readers()) {
      List<Future<?>> stuck = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String file = point + "/slow-" + i;
        stuck.add(
            readers.start(() -> assertThat(Files.readString(Path.of(file))).isEqualTo("slow")));
      }
      until("all wait", () -> view.waiting.get() == count);
      Future<?> others =
          readers.start(() -> {
            assertThat(Posix.stat(point + "/directory/child").size()).isEqualTo(1);
            assertThat(Files.readSymbolicLink(point.resolve("link-0"))).hasToString("quick");
            try (DirectoryContract.Directory root = new DirectoryContract.Directory(point)) {
              assertThat(root.rest()).hasSize(count + 7);
            }
            assertThat(Posix.stat(point + "/slow-0").size()).isEqualTo(4);
            assertThat(Files.readString(point.resolve("quick"))).isEqualTo("quick");
          });
      Readers.await(List.of(others));
      assertThat(view.waiting.get()).isEqualTo(count);
      view.openGate();
      Readers.await(stuck);
    }
  }

  @Test
  default void viewThatThrowsIsAnErrorOfOneCallAndNoMore() throws Exception {
    HookedView view = view(image());
    Path point = mount(view, "failing").point();
    int fd = Posix.open(point + "/quick", Posix.O_RDONLY | Posix.O_DIRECT);
    int number = 0;
    for (Throwable failure :
        List.of(
            new IOException("a test's own"),
            new IllegalStateException("a test's own"),
            new StackOverflowError("a test's own"))) {
      view.fail(failure);
      int error = Errno.EIO.number();
      assertThat(Posix.call("pread", fd, new byte[4096], 4096L, 0L).errno()).isEqualTo(error);
      assertThat(Posix.call("access", point + "/directory/none", 0).errno()).isEqualTo(error);
      // The kernel keeps the texts of links that it has read.
      Path link = point.resolve("link-" + number++);
      assertThat(Posix.call("readlink", link.toString(), new byte[10], 10L).errno())
          .isEqualTo(error);
      assertThat(Posix.call("lgetxattr", point + "/quick", "user.a", new byte[1], 0L).value())
          .isNegative();
      view.fail(null);
      assertThat(Posix.pread(fd, 0, 100)).hasSize(5);
      assertThat(Files.readSymbolicLink(link)).hasToString("quick");
    }
    Posix.close(fd);
  }

  @Test
  default void processThatIsEndedWhileItWaitsForBytesEnds() throws Exception {
    HookedView view = view(image());
    Path point = mount(view, "killed").point();
    view.gate("slow");
    int number = 0;
    for (String signal : List.of("INT", "TERM", "KILL")) {
      Process reader =
          // Whoever started this test may ignore SIGINT, and so would all that it starts.
          new ProcessBuilder("env", "--default-signal", "cat", point + "/slow-" + number++)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      int waiting = number;
      until("it waits", () -> view.waiting.get() == waiting);
      new ProcessBuilder("kill", "-s", signal, Long.toString(reader.pid())).start().waitFor();
      assertThat(reader.waitFor(20, TimeUnit.SECONDS)).as("SIG" + signal).isTrue();
    }
    assertThat(Files.readString(point.resolve("quick"))).isEqualTo("quick");
  }
}
