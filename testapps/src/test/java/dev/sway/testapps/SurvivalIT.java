package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A worker that is killed again and again under those who read from its mounts: they wait, and
/// notice nothing else. For twenty seconds; `-Dsway.kill.seconds=N` makes it longer.
@Timeout(7200)
final class SurvivalIT {
  private static final long SECONDS = Long.getLong("sway.kill.seconds", 20);
  private static final int READERS = 4;

  @TempDir Path folder;

  @BeforeAll
  static void requirements() {
    Requirements.runs();
  }

  private static long entries(Child process, String of) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(process.pid()), of))) {
      return entries.count();
    }
  }

  @Test
  void killedWorkerIsGoneOnWithUnderItsReaders() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (Sway sway = Sway.started(folder)) {
      MountReaders.export(sway, "app");
      sway.sh("app", "true").expect(0);
      Path mount = sway.mount("app");
      Object device = Files.getAttribute(mount, "unix:dev");
      long descriptors = entries(sway.worker(), "fd");
      MountReaders readers = MountReaders.start(sway, mount, READERS);
      int kills = 0;
      try {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            System.nanoTime() < end;
            kills++) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100 + random.nextInt(400)));
          sway.worker().kill();
          sway.startWorker();
        }
      } finally {
        readers.stop();
      }
      int reads = readers.reads("seed %d, %d kills; %s".formatted(seed, kills, sway.said()));
      assertThat(kills).isPositive();
      assertThat(Files.getAttribute(mount, "unix:dev")).as("the same mount").isEqualTo(device);
      assertThat(entries(sway.worker(), "fd")).isLessThan(descriptors + 30);
      assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
      System.out.printf("%d kills under %d reads: none failed%n", kills, reads);
    }
  }
}
