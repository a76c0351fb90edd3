package dev.sway.lazyfsd.source.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Randomized;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeHeaderTest {
  private static List<Span> random(Random random) {
    List<Span> spans = new ArrayList<>();
    long at = random.nextInt(1 << 30);
    for (int count = 1 + random.nextInt(RangeHeader.MAX_SPANS); count > 0; count--) {
      spans.add(new Span(at, 1 + random.nextInt(1000)));
      at = spans.getLast().end() + random.nextInt(1000);
    }
    return spans;
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Randomized.forSeeds(
        500,
        random -> {
          List<Span> spans = random(random);
          int length = (int) (spans.getLast().end() - spans.getFirst().offset());
          String header = RangeHeader.write(spans);
          assertThat(RangeHeader.parse(header, length)).isEqualTo(spans);
          assertThatThrownBy(() -> RangeHeader.parse(header, length - 1))
              .isInstanceOf(SwayException.class);
        });
  }

  @Test
  void anyTextIsReadOrRefused() {
    Randomized.forSeeds(
        2000,
        random -> {
          StringBuilder text = new StringBuilder(RangeHeader.write(random(random)));
          for (int changes = random.nextInt(4); changes >= 0; changes--) {
            text.setCharAt(
                random.nextInt(text.length()), "0123456789-,= bx".charAt(random.nextInt(16)));
          }
          try {
            List<Span> spans = RangeHeader.parse(text.toString(), 1 << 20);
            assertThat(spans).isNotEmpty().hasSizeLessThanOrEqualTo(RangeHeader.MAX_SPANS);
            assertThat(spans.getLast().end() - spans.getFirst().offset())
                .isLessThanOrEqualTo(1 << 20);
          } catch (SwayException e) {
            assertThat(e).hasMessageContaining("range");
          }
        });
  }
}
