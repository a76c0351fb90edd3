package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Who waits for whom; the lock is this process's own.
@Timeout(30)
class StateLocksTest {
  private static final long OWN = ProcessHandle.current().pid();
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir Path folder;

  private static StateLock await(Path folder, Predecessor before) {
    try {
      return StateLocks.await(folder, before);
    } catch (SwayException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whoeverWasToldToLeaveIsWaitedFor() throws Exception {
    StateLock held = StateLock.acquire(folder);
    CompletableFuture<StateLock> next =
        CompletableFuture.supplyAsync(
            () -> await(folder, new Predecessor(Set.of(OWN, OWN + 1), LONG)));
    try (held) {
      assertThatThrownBy(() -> next.get(50, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
    }
    next.join().close();
  }

  @Test
  void anotherThatHasTakenItsPlaceIsNot() throws Exception {
    try (StateLock _ = StateLock.acquire(folder)) {
      assertThatThrownBy(() -> StateLocks.await(folder, new Predecessor(Set.of(OWN + 1), LONG)))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE))
          .hasMessageContaining("process " + OWN + " has taken the place");
    }
  }

  @Test
  void nobodyWasToldAnythingSoNobodyIsWaitedFor() throws Exception {
    try (StateLock _ = StateLock.acquire(folder)) {
      assertThatThrownBy(() -> StateLocks.await(folder, Predecessor.NONE))
          .hasMessageContaining("in use by process " + OWN);
    }
  }
}
