package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `lazyfsd upgrade`: one worker takes the place of another under those who use it.
@Timeout(900)
final class UpgradeIT {
  private static final int UPGRADES = 4;
  private static final int READERS = 3;
  private static final int LINES = 200_000;

  @TempDir Path folder;

  @BeforeAll
  static void requirements() {
    Requirements.runs();
  }

  private static String withoutNotices(Finished run) {
    return run.err().replaceAll("\n?swayctl: [^\n]* looking for it for [0-9]+ s\n", "");
  }

  @Test
  void mountsAndRunsGoOnUnderTheNextWorkerUntilItEnds() throws Exception {
    try (Sway sway = Sway.started(folder)) {
      MountReaders.export(sway, "app");
      // One without a break, which the client holds back now and then; one that reads its image
      // and ends with a code of its own.
      Child talker =
          sway.startSh(
              "app", "i=0; while [ $i -lt %d ]; do echo $i; i=$((i+1)); done".formatted(LINES));
      Child reader =
          sway.startSh(
              "app",
              """
              end=
              trap 'end=1' USR1
              while [ -z "$end" ]; do
                sha256sum /data/n* >/tmp/now || exit 1
                [ -e /tmp/first ] || cp /tmp/now /tmp/first
                cmp -s /tmp/now /tmp/first || exit 2
                echo round
              done
              echo rounds >&2
              exit 9
              """);
      reader.awaitOutput("^round");
      talker.awaitOutput("^100$");
      Path mount = sway.mount("app");
      Object device = Files.getAttribute(mount, "unix:dev");
      MountReaders readers = MountReaders.start(sway, mount, READERS);
      try {
        for (int i = 0; i < UPGRADES; i++) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
          sway.upgradeWorker();
        }
      } finally {
        readers.stop();
      }
      assertThat(readers.reads(UPGRADES + " upgrades; " + sway.said())).isPositive();
      Finished talked = talker.await().expect(0);
      assertThat(talked.out())
          .isEqualTo(
              IntStream.range(0, LINES).mapToObj(i -> i + "\n").collect(Collectors.joining()));
      assertThat(withoutNotices(talked)).isEmpty();
      assertThat(Files.getAttribute(mount, "unix:dev")).as("the same mount").isEqualTo(device);
      assertThat(reader.isAlive()).as("%s%n%s", reader, sway.said()).isTrue();
      sway.signalContainer("USR1");
      assertThat(withoutNotices(reader.await().expect(9))).isEqualTo("rounds\n");
      sway.assertNoRuns();
      assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
    }
  }

  @Test
  void nextWorkerHasTheOptionsOfTheFirst() throws Exception {
    try (Sway sway = Sway.started(folder)) {
      sway.worker().terminate();
      sway.worker().await().expect(0);
      sway.startWorker(
          "--client-grace", "1", "--cache", "../elsewhere", "--transport", "kernel", "--fill");
      MountReaders.export(sway, "app");
      sway.upgradeWorker();
      sway.upgradeWorker();
      assertThat(sway.ask("GET", "/v1/cache").body())
          .contains("\"path\":\"" + sway.folder().resolve("elsewhere") + "\"");
      Child run = sway.startSh("app", "echo ready; while :; do usleep 10000; done");
      run.awaitOutput("ready");
      run.kill();
      // After a second, not sixty.
      sway.awaitNoRuns();
    }
  }

  @Test
  void workerWithMountsThatEndWithItEndsTheirRunsAndSaysSo() throws Exception {
    try (Sway sway = new Sway(folder)) {
      sway.startBlobd();
      sway.startWorker("--transport", "jnr");
      MountReaders.export(sway, "app");
      Child run = sway.startSh("app", "echo ready; while :; do usleep 10000; done");
      run.awaitOutput("ready");
      sway.upgradeWorker();
      Messages.afterOutput(run.await(), 125, "swayctl", "run ", "was ended from outside");
      sway.assertNoRuns();
      assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
    }
  }

  @Test
  void whatCannotBeTakenOverIsLeftAsItIs() throws Exception {
    try (Sway sway = Sway.started(folder)) {
      List<String> upgrade = List.of("upgrade", "--state", sway.state().toString());
      Messages.oneLine(
          sway.start(
                  "lazyfsd",
                  List.of("upgrade", "--state", folder.resolve("none").toString()),
                  Map.of())
              .await(),
          24,
          "lazyfsd",
          "lazyfsd serve");
      Path record = sway.state().resolve("serve.json");
      String kept = Files.readString(record);
      Files.writeString(record, kept.replace("[", "[\"--of-the-future\","));
      Messages.oneLine(
          sway.start("lazyfsd", upgrade, Map.of()).await(), 2, "lazyfsd", "--of-the-future");
      Files.writeString(record, "{");
      Messages.oneLine(
          sway.start("lazyfsd", upgrade, Map.of()).await(), 18, "lazyfsd", "serve.json");
      Files.writeString(record, kept);
      assertThat(sway.worker().isAlive()).isTrue();
      sway.upgradeWorker();
      sway.worker().terminate();
      sway.worker().await().expect(0);
      Messages.oneLine(
          sway.start("lazyfsd", upgrade, Map.of()).await(), 24, "lazyfsd", "no lazyfsd serves");
    }
  }
}
