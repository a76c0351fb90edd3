package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs that are killed, or told to end, at the worst moment.
@Timeout(900)
final class KillIT {
  private static final String WAIT = "echo ready; while :; do usleep 20000; done";
  private static final Duration SOON = Duration.ofSeconds(30);

  private static ExportedImage app;

  @TempDir Path folder;

  @BeforeAll
  static void export(@TempDir Path shared) throws IOException, InterruptedException {
    Requirements.runs();
    app = ExportedImage.app(shared, _ -> {});
  }

  private Sway swayWithImage(String... worker) throws IOException, InterruptedException {
    return app.in(folder).startBoth(worker);
  }

  @Test
  void killedWorkersContainersAreSweptByTheNextWhereTheirMountsEndWithIt() throws Exception {
    try (Sway sway = swayWithImage("--transport", "jnr")) {
      List<Child> runs = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        runs.add(sway.startSh("app", "echo mine >/tmp/file; (" + WAIT + ") & wait"));
        runs.getLast().awaitOutput("ready");
      }
      sway.worker().kill();
      sway.startWorker("--transport", "jnr");
      for (Child run : runs) {
        assertThat(run.await(SOON).expect(125).err())
            .contains("swayctl: run ", "was ended: lazyfsd was killed", "app");
      }
      sway.assertNoRuns();
      assertThat(sway.worker().err()).containsPattern("lazyfsd: swept .* 2 runs");
      assertThat(sway.sh("app", "cat /data/small; ls /tmp").expect(0).out())
          .isEqualTo("a small file\n");
    }
  }

  @Test
  void killInTheMiddleOfFetchingLeavesACacheThatIsRight() throws Exception {
    try (Sway sway = swayWithImage("--transport", "jnr")) {
      Path tree = sway.images().resolve("tree");
      List<String> sums = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        byte[] noise = Files.readAllBytes(TestImages.noise(tree.resolve("data/n" + i), 6 << 20, i));
        sums.add(Digest.of(noise).hex() + "  /data/n" + i);
      }
      sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("large.tar")), "large");
      for (int killed = 0; killed < 3; killed++) {
        Child run =
            sway.startSh(
                "large",
                "for i in 0 1 2 3 4 5 6 7; do cat /data/n$i >/dev/null; echo $i; done; " + WAIT);
        run.awaitOutput("^" + (2 * killed) + "$");
        sway.worker().kill();
        sway.startWorker("--transport", "jnr");
        run.await(SOON).expect(125);
      }
      Sway.Measured all = sway.measuredSh("large", 0, "sha256sum /data/n*");
      assertThat(all.finished().out().lines()).containsExactlyElementsOf(sums);
      assertThat(all.result().fetchedBytes()).as("what was kept").isLessThan(45_000_000);
    }
  }

  @Test
  void terminatedWorkerEndsItsRunsAndLeavesNothing() throws Exception {
    try (Sway sway = swayWithImage()) {
      Child run = sway.startSh("app", "trap '' TERM; " + WAIT);
      run.awaitOutput("ready");
      sway.worker().terminate();
      sway.worker().await(SOON).expect(0);
      Messages.afterOutput(run.await(SOON), 125, "swayctl");
      sway.assertNoRuns();
      assertThat(new Leftovers(folder).mounts()).isEmpty();
    }
  }

  @Test
  void terminatedMountGoesThoughAProcessIsInIt() throws Exception {
    try (Sway sway = swayWithImage()) {
      Path point = folder.resolve("point");
      Child mount = sway.mount("app", point, "mount-state");
      try (Child inside =
          Child.start(
              new ProcessBuilder("bash", "-c", "exec 3<small; echo in; read -r -t 100 <> <(:)")
                  .directory(point.resolve("data").toFile()))) {
        inside.awaitOutput("^in$");
        mount.terminate();
        mount.await(SOON).expect(0);
        assertThat(new Leftovers(folder).mounts()).noneMatch(path -> path.startsWith(point));
      }
    }
  }

  @Test
  void killedMountCanBeMadeAgain() throws Exception {
    try (Sway sway = swayWithImage()) {
      Path point = folder.resolve("point");
      sway.mount("app", point, "mount-state").kill();
      Shell.bash(folder, "umount -l point");
      Child mount = sway.mount("app", point, "mount-state");
      assertThat(point.resolve("data/small")).hasContent("a small file\n");
      Sway.end(mount);
    }
  }

  @Test
  void runsGoOnWithoutTheBlobServerWhereTheImageIsWarm() throws Exception {
    try (Sway sway = swayWithImage()) {
      sway.sh("app", "cat /data/small").expect(0);
      sway.blobd().kill();
      assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
    }
  }

  @Test
  void blobServerKilledInAColdRunIsSaidOnceAndTheNextRunWorks() throws Exception {
    try (Sway sway = swayWithImage("--read-deadline", "3s")) {
      String script = "trap 'cat /data/a >/dev/null; exit $?' USR1; " + WAIT;
      Child run =
          sway.startCtl(
              "run", "--prefetch", "off", "-u", "0", "--image", "app", "--", "sh", "-c", script);
      run.awaitOutput("ready");
      sway.blobd().kill();
      sway.signalContainer("USR1");
      Finished lost = run.await();
      String last = lost.expect(125).err().lines().reduce((_, line) -> line).orElse("");
      assertThat(last).startsWith("swayctl: ").contains("blobd");
      assertThat(lost.err().lines().filter(line -> line.startsWith("swayctl: "))).hasSize(1);
      sway.assertNoRuns();
      sway.startBlobd();
      sway.sh("app", "cat /data/a >/dev/null").expect(0);
    }
  }
}
