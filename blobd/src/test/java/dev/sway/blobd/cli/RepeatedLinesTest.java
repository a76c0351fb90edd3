package dev.sway.blobd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RepeatedLinesTest {
  private static final long MINUTE = RepeatedLines.PAUSE_NANOS;

  private final RepeatedLines lines = new RepeatedLines();

  @Test
  void sameLineIsWrittenOnceAMinuteAndCounted() {
    assertThat(lines.next("broken", 0)).contains("broken");
    assertThat(lines.next("broken", 1)).isEmpty();
    assertThat(lines.next("other", 2)).contains("other");
    assertThat(lines.next("broken", MINUTE - 1)).isEmpty();
    assertThat(lines.next("broken", MINUTE))
        .contains("broken (2 times more since this was last said)");
    assertThat(lines.next("broken", 2 * MINUTE - 1)).isEmpty();
    assertThat(lines.next("other", 2 * MINUTE)).contains("other");
  }

  @Test
  void onlySoManyAreRemembered() {
    assertThat(lines.next("first", 0)).isPresent();
    for (int i = 0; i < 100_000; i++) {
      assertThat(lines.next("line " + i, 1)).isPresent();
    }
    assertThat(lines.next("first", 2)).as("it was forgotten").contains("first");
    assertThat(lines.next("line 99999", 2)).isEmpty();
  }
}
