package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @BeforeAll
  static void requirements() {
    Requirements.runs();
  }

  /// Reads files past the page cache and asks for names that are not there, until there is a file
  /// `stop`: each of it is a question to the worker. Says what went wrong, and how often it has
  /// read.
  private static final String READER =
      """
      set -u
      mount=$1 sums=$2 stop=$3
      mapfile -t lines <"$sums"
      reads=0
      while [ ! -e "$stop" ]; do
        line=${lines[RANDOM % ${#lines[@]}]}
        file=${line#*  }
        sum=$(dd if="$mount/$file" iflag=direct bs=64k status=none 2>&1 | sha256sum)
        [ "${sum%% *}" = "${line%% *}" ] || echo "wrong: $file"
        [ ! -e "$mount/no-$RANDOM-$RANDOM" ] || echo "a name is there that is not"
        reads=$((reads + 1))
      done
      echo "reads: $reads"
      """;

  private static long entries(Child process, String of) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(process.pid()), of))) {
      return entries.count();
    }
  }

  private static Path onlyMount(Sway sway) throws IOException {
    try (Stream<Path> mounts = Files.list(sway.state().resolve("mounts"))) {
      return mounts.toList().getFirst();
    }
  }

  @Test
  void killedWorkerIsGoneOnWithUnderItsReaders() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (Sway sway = Sway.started(folder)) {
      Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
      for (int i = 0; i < 12; i++) {
        TestImages.noise(tree.resolve("data/n" + i), 1 << (10 + i), i);
      }
      Shell.bash(tree, "sha256sum data/n* >../sums");
      sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), "app");
      sway.sh("app", "true").expect(0);
      Path mount = onlyMount(sway);
      long descriptors = entries(sway.worker(), "fd");
      Path stop = folder.resolve("stop");
      List<Child> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        readers.add(
            Child.start(
                new ProcessBuilder(
                    "bash",
                    "-c",
                    READER,
                    "reader",
                    mount.toString(),
                    sway.images().resolve("sums").toString(),
                    stop.toString())));
      }
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
        Files.createFile(stop);
      }
      int reads = 0;
      for (Child reader : readers) {
        String said = reader.await(PATIENCE).expect(0).out();
        assertThat(said).as("seed %d, %d kills", seed, kills).matches("reads: [1-9][0-9]*\n");
        reads += Integer.parseInt(said.strip().substring("reads: ".length()));
      }
      assertThat(kills).isPositive();
      assertThat(onlyMount(sway)).isEqualTo(mount);
      assertThat(entries(sway.worker(), "fd")).isLessThan(descriptors + 30);
      assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
      System.out.printf("%d kills under %d reads: none failed%n", kills, reads);
    }
  }
}
