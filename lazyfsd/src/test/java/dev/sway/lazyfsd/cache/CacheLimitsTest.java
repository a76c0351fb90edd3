package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.SwayException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CacheLimitsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "17, 17",
    "1k, 1024",
    "20g, 21474836480",
    "20GB, 21474836480",
    "3 , 3",
    "2t, 2199023255552",
    "none, 9223372036854775807",
    "999999999999t, 9223372036854775807"
  })
  void sizesAreRead(String text, long bytes) throws SwayException {
    assertThat(CacheLimits.bytes("--cache-bytes", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "10%, 0.1", "10, 0.1", "0.5%, 0.005", "99.5, 0.995"})
  void sharesAreRead(String text, double share) throws SwayException {
    assertThat(CacheLimits.ratio(text)).isEqualTo(share);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5g", "g", "20x", "100%", "10%%", "0x10", "ten"})
  void anythingElseIsRefusedWithWhatToWrite(String text) {
    if (!text.equals("100%") && !text.equals("10%%")) {
      assertThatThrownBy(() -> CacheLimits.bytes("--cache-bytes", text))
          .hasMessageContaining("such as 20g");
    }
    if (!text.equals("1.5g")) {
      assertThatThrownBy(() -> CacheLimits.ratio(text)).hasMessageContaining("such as 10%");
    }
  }

  @Test
  void slackIsAnEighthWithinBounds() {
    assertThat(new CacheLimits(80 << 20, 0).slack()).isEqualTo(10 << 20);
    assertThat(new CacheLimits(0, 0).slack()).isEqualTo(1 << 20);
    assertThat(CacheLimits.NONE.slack()).isEqualTo(256 << 20);
  }

  @Test
  void slackOfWhatIsToStayFreeIsLessThanThat() {
    CacheLimits tenth = new CacheLimits(CacheLimits.UNBOUNDED, 0.1);
    assertThat(tenth.reserve(45_000_000)).isEqualTo(4_500_000);
    assertThat(tenth.freeSlack(45_000_000)).isEqualTo(562_500);
    assertThat(tenth.freeSlack(1L << 40)).isEqualTo(256 << 20);
  }
}
