package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.cli.StateLock;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.holder.AskingWorker;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.HolderProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StateLocksIT {
  @TempDir Path folder;

  @AfterEach
  void end() throws IOException {
    AskingWorker.end(folder);
  }

  private ProcessHandle holder() throws IOException {
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram())) {
      return ProcessHandle.of(client.pid()).orElseThrow();
    }
  }

  @Test
  void workerThatWasKilledWithItsHolderWhileItAskedItselfLeavesItsFolderToTheNext()
      throws Exception {
    Needs.rootAndFuse();
    Process worker = AskingWorker.start(folder, true);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(worker.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo(AskingWorker.OWN);
      assertThatThrownBy(() -> StateLocks.await(folder, Predecessor.NONE))
          .as("while it lives")
          .hasMessageContaining("in use by process " + worker.pid());
    } finally {
      holder().destroyForcibly();
      worker.destroyForcibly();
    }
    try (StateLock _ = StateLocks.await(folder, Predecessor.NONE)) {
      assertThat(worker.waitFor(20, TimeUnit.SECONDS)).as("it has ended").isTrue();
    }
  }
}
