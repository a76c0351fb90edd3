package dev.sway.lazyfsd.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// About the first thread of this process, which is renamed for a moment.
class ThreadFactsTest {
  private static final int ME = (int) ProcessHandle.current().pid();
  private static final Path NAME = Path.of("/proc", Integer.toString(ME), "comm");

  private final ThreadFacts facts = new ThreadFacts();
  private String named = "";
  private long now = 1;

  @BeforeEach
  void remember() throws IOException {
    named = Files.readString(NAME).strip();
  }

  @AfterEach
  void restore() throws IOException {
    rename(named);
  }

  private static void rename(String name) throws IOException {
    Files.write(NAME, name.getBytes(StandardCharsets.UTF_8));
  }

  private static long nanos(int millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /// Makes sure that the thread, which is asked now, is not asked again before that many
  /// milliseconds are over, and that it is then.
  private void isAskedAgainAfter(int millis) {
    ThreadFacts.Fact fact = facts.of(ME, now);
    assertThat(fact.asked()).as("asked now").isEqualTo(now);
    assertThat(facts.of(ME, now + nanos(millis) - 1)).isSameAs(fact);
    now += nanos(millis);
  }

  @Test
  void threadThatStaysTheSameIsAskedHalfAsOftenEachTime() {
    for (int millis : new int[] {5, 10, 20, 40, 80, 80, 80}) {
      isAskedAgainAfter(millis);
    }
  }

  @Test
  void threadThatHasBecomeAnotherIsAskedSoonAgain() throws IOException {
    isAskedAgainAfter(5);
    isAskedAgainAfter(10);
    rename("another");
    assertThat(facts.of(ME, now - 1).name()).as("as it was believed").isEqualTo(named);
    isAskedAgainAfter(5);
    assertThat(facts.of(ME, now).name()).isEqualTo("another");
    isAskedAgainAfter(10);
  }
}
