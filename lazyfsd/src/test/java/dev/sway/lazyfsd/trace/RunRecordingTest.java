package dev.sway.lazyfsd.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.trace.Mark;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RunRecordingTest {
  private final RunRecording recording = new RunRecording("0123456789ab", new AccessLog(), true, 0);

  @Test
  void thereMayBeNoMarksYet() {
    assertThat(recording.marks()).isEmpty();
  }

  @Test
  void theFirstOfTwoMarksCountsAndNoOutputComesAfterTheEnd() {
    recording.mark(Mark.EXITED, Duration.ofMillis(7));
    recording.mark(Mark.EXITED, Duration.ofMillis(8));
    recording.mark(Mark.FIRST_OUTPUT, Duration.ofMillis(9));
    assertThat(recording.marks())
        .containsEntry(Mark.EXITED, 7000L)
        .containsEntry(Mark.FIRST_OUTPUT, 7000L);
  }
}
