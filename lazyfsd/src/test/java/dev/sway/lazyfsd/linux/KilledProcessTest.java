package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KilledProcessTest {
  @Test
  void processThatRunsIsNotOverAndShowsItsOtherThreads() throws IOException {
    long own = ProcessHandle.current().pid();
    assertThat(KilledProcess.isKilled(own)).isFalse();
    assertThat(KilledProcess.isOver(own)).isFalse();
    assertThat(KilledProcess.threads(own)).isNotEmpty().doesNotContain((int) own);
  }

  /// Nearly none of them has had a processor by then.
  @Test
  void processIsKilledAsSoonAsItIsSentTheSignal() throws Exception {
    for (int i = 0; i < 100; i++) {
      Process process = new ProcessBuilder("sleep", "100").start();
      try {
        assertThat(KilledProcess.isKilled(process.pid())).isFalse();
      } finally {
        process.destroyForcibly();
      }
      assertThat(KilledProcess.isKilled(process.pid())).isTrue();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void processThatIsSentAnotherSignalIsNotKilled() throws Exception {
    Process shell =
        new ProcessBuilder(
                "sh", "-c", "trap 'echo on' TERM; echo set; while :; do sleep 0.01; done")
            .start();
    try (BufferedReader lines = shell.inputReader()) {
      assertThat(lines.readLine()).isEqualTo("set");
      shell.toHandle().destroy();
      assertThat(KilledProcess.isKilled(shell.pid())).isFalse();
      assertThat(lines.readLine()).isEqualTo("on");
    } finally {
      shell.destroyForcibly();
      assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /// A zombie: the shell does not ask for its child's exit code while it sleeps.
  @Test
  void processThatWasKilledIsOverAlsoWhereItsParentHasNotSeenIt() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "sleep 100 & echo $!; exec sleep 100").start();
    try {
      long child = Long.parseLong(shell.inputReader().readLine());
      assertThat(KilledProcess.isOver(child)).isFalse();
      ProcessHandle.of(child).orElseThrow().destroyForcibly();
      while (!KilledProcess.isOver(child)) {
        Thread.onSpinWait();
      }
      assertThat(KilledProcess.isKilled(child)).isTrue();
      assertThat(KilledProcess.threads(child)).isEmpty();
    } finally {
      shell.destroyForcibly();
      assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void processThatIsGoneIsOver() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertThat(KilledProcess.isKilled(ended.pid())).isTrue();
    assertThat(KilledProcess.isOver(ended.pid())).isTrue();
    assertThat(KilledProcess.threads(ended.pid())).isEmpty();
  }
}
