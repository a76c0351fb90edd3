package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
  private static final int O_NONBLOCK = 04000;

  @TempDir Path folder;

  @AfterEach
  void end() throws IOException {
    AskingWorker.end(folder);
  }

  private static BufferedReader lines(Process worker) {
    return new BufferedReader(
        new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8));
  }

  /// The flags of an open file, as open(2) has them.
  private static int flags(int fd) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(fd))).stream()
        .filter(line -> line.startsWith("flags:"))
        .map(line -> line.substring("flags:".length()).strip())
        .mapToInt(octal -> Integer.parseInt(octal, 8))
        .findFirst()
        .orElseThrow();
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
    Process worker = AskingWorker.start(folder, true);
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
      for (int fd : descriptors) {
        assertThat(flags(fd) & O_NONBLOCK).as("the next worker's reads wait").isZero();
      }
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
    Process worker = AskingWorker.start(folder, false);
    try (BufferedReader lines = lines(worker)) {
      assertThat(lines.readLine()).isEqualTo(AskingWorker.OWN);
    } finally {
      worker.destroyForcibly();
    }
    assertThat(worker.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ends").isTrue();
  }
}
