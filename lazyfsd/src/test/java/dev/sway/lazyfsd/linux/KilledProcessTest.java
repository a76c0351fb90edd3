package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KilledProcessTest {
  @Test
  void processThatRunsIsNotOverAndShowsItsOtherThreads() throws IOException {
    long own = ProcessHandle.current().pid();
    assertThat(KilledProcess.isOver(own)).isFalse();
    assertThat(KilledProcess.threads(own)).isNotEmpty().doesNotContain((int) own);
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
    assertThat(KilledProcess.isOver(ended.pid())).isTrue();
    assertThat(KilledProcess.threads(ended.pid())).isEmpty();
  }
}
