package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.Transports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class KernelFuseIT extends FuseConformance {
  @Override
  FuseTransport load() throws SwayException {
    return Transports.KERNEL.load();
  }

  @Override
  public boolean seesHoles() {
    return true;
  }

  @Override
  public boolean enforcesAccessLists() {
    return true;
  }

  @Override
  public int stuckReadersItBears() {
    return 60;
  }

  @Test
  void trimmedMountWaitsWithTwoThreadsAndServesManyReadersAgain() throws Exception {
    FuseMount mount = mount(specimenView(), "trimmed");
    for (int i = 0; i < 3; i++) {
      readAtOnce(mount);
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (threads("fuse-trimmed-") > 2) {
        assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        // Who has answered the last reader is not back yet, perhaps.
        mount.trim();
      }
    }
    mount.close();
    mount.trim();
  }

  private static void readAtOnce(FuseMount mount) throws Exception {
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        long from = i * 4096L;
        all.add(
            readers.start(() -> {
              int fd = Posix.open(mount.point() + "/large", Posix.O_RDONLY | Posix.O_DIRECT);
              for (int k = 0; k < 50; k++) {
                assertThat(Posix.call("pread", fd, new byte[8192], 4096L, from).value())
                    .isPositive();
              }
              Posix.call("close", fd);
            }));
      }
      Readers.await(all);
    }
  }

  private static long threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }
}
