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
        .contains("broken (2 times more like this since the last one)");
    assertThat(lines.next("broken", 2 * MINUTE - 1)).isEmpty();
    assertThat(lines.next("other", 2 * MINUTE)).contains("other");
  }

  @Test
  void onlySoManyAreRemembered() {
    assertThat(lines.next("first", 0)).isPresent();
    for (int i = 0; i < 200; i++) {
      assertThat(lines.next("line " + "x".repeat(i), 1)).isPresent();
    }
    assertThat(lines.next("first", 2)).as("it was forgotten").contains("first");
    assertThat(lines.next("line " + "x".repeat(199), 2)).isEmpty();
  }

  @Test
  void linesThatDifferInWhomTheyAreAboutAreTheSame() {
    assertThat(lines.next("blobd: [0x5e91993f 0x1a2b] unexpected I/O exception (Reset)", 0))
        .isPresent();
    assertThat(lines.next("blobd: [0x7b1cc4e0 0x99] unexpected I/O exception (Reset)", 1))
        .isEmpty();
    assertThat(lines.next("blobd: [0x7b1cc4e0 0x99] unexpected I/O exception (Other)", 2))
        .isPresent();
    assertThat(lines.next("blobd: lost 127.0.0.1:40312", 3)).isPresent();
    assertThat(lines.next("blobd: lost 127.0.0.1:51234", 4)).isEmpty();
    assertThat(lines.next("blobd: [0x1 0x2] Request failed: POST /v1/a HTTP/1.1, too late", 5))
        .isPresent();
    assertThat(lines.next("blobd: [0x3 0x4] Request failed: POST /v1/other HTTP/1.1, too late", 6))
        .isEmpty();
  }

  @Test
  void lineOfAnyLengthIsComparedByItsBeginning() {
    assertThat(lines.next("x".repeat(1 << 20), 0)).isPresent();
    assertThat(lines.next("x".repeat(1 << 19), 1)).isEmpty();
  }
}
