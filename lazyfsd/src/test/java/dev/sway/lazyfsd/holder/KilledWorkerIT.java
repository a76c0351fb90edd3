package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fuse.AbortSwitch;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Workers that are killed while threads of theirs wait for answers of their own mounts.
@Timeout(120)
class KilledWorkerIT {
  private static final int PATIENCE_SECONDS = 20;

  @TempDir Path folder;

  @AfterEach
  void end() throws IOException {
    for (MountInfo mount : MountInfo.below(folder)) {
      try (AbortSwitch abort = AbortSwitch.of(mount.device())) {
        abort.press();
      }
      SystemCalls.unmount(mount.point(), true);
    }
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram())) {
      client.end();
    }
  }

  private Process worker(boolean held) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-Dsway.root=" + System.getProperty("sway.root"),
                "-cp",
                System.getProperty("java.class.path"),
                AskingWorker.class.getName(),
                folder.toString(),
                Boolean.toString(held)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static BufferedReader lines(Process worker) {
    return new BufferedReader(
        new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8));
  }

  /// Asks for a name on the mount, on another thread.
  private CompletableFuture<Boolean> asked(String name) {
    byte[] path =
        AskingWorker.point(folder).resolve(name).toString().getBytes(StandardCharsets.UTF_8);
    CompletableFuture<Boolean> there = new CompletableFuture<>();
    Thread.ofPlatform().daemon().start(() -> there.complete(FileFacts.exist(path)));
    return there;
  }

  @Test
  void workerThatAsksItselfEndsAndTheNextOneAnswersAllOthers() throws Exception {
    Needs.rootAndFuse();
    Process worker = worker(true);
    CompletableFuture<Boolean> other;
    try (BufferedReader lines = lines(worker)) {
      assertThat(lines.readLine()).isEqualTo(AskingWorker.OWN);
      other = asked("other");
      assertThat(lines.readLine()).isEqualTo("other");
    } finally {
      worker.destroyForcibly();
    }
    assertThat(worker.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
    assertThat(other).as("another process's request").isNotDone();
    List<String> names = new CopyOnWriteArrayList<>();
    try (HolderClient next = HolderClient.open(folder, HolderProcess.ofThisProgram())) {
      List<Integer> descriptors = new ArrayList<>();
      for (String name : next.names()) {
        descriptors.add(next.take(name));
      }
      assertThat(descriptors).isNotEmpty();
      try (FuseMount _ =
          new KernelTransport()
              .resume(
                  new AskingWorker.Names(names::add),
                  AccessSink.NONE,
                  AskingWorker.point(folder),
                  descriptors)) {
        assertThat(other.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(names).containsExactly("other");
        assertThat(asked("third").get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void workerThatAsksAMountThatNobodyCanGoOnWithEndsToo() throws Exception {
    Needs.rootAndFuse();
    Process worker = worker(false);
    try (BufferedReader lines = lines(worker)) {
      assertThat(lines.readLine()).isEqualTo(AskingWorker.OWN);
    } finally {
      worker.destroyForcibly();
    }
    assertThat(worker.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
  }
}
