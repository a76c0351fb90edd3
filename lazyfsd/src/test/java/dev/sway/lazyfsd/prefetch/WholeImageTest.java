package dev.sway.lazyfsd.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.image.LinkEstimate;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WholeImageTest {
  private static final int MEGABYTE = 1_000_000;

  /// As manifests and an index of 1 MB show it.
  private static LinkEstimate link(long roundTripMillis, long megabits) {
    LinkEstimate link = new LinkEstimate();
    long roundTrip = TimeUnit.MILLISECONDS.toNanos(roundTripMillis);
    link.roundTrip(roundTrip);
    link.transfer(MEGABYTE, roundTrip + 8_000_000_000L / megabits);
    return link;
  }

  private static boolean quicker(long megabytes, LinkEstimate link) {
    return WholeImage.isQuicker(megabytes * MEGABYTE, link);
  }

  @Test
  void imagesAreFetchedWholeThatComeWithinTwentyRoundTrips() {
    assertThat(quicker(4, link(2, 1000))).isTrue();
    assertThat(quicker(5, link(2, 1000))).isFalse();
    assertThat(quicker(9, link(20, 200))).isTrue();
    assertThat(quicker(10, link(20, 200))).isFalse();
    assertThat(quicker(4, link(80, 25))).isTrue();
    assertThat(quicker(5, link(80, 25))).isFalse();
  }

  @Test
  void largeImagesNeverAre() {
    assertThat(quicker(16, link(100, 10_000))).isTrue();
    assertThat(quicker(17, link(100, 10_000))).isFalse();
  }

  @Test
  void ofAnUnknownLinkNothingGoodIsBelieved() {
    assertThat(quicker(1, new LinkEstimate())).isFalse();
  }

  @Test
  void shortAnswersTellNothingOfHowFastALinkIs() {
    LinkEstimate link = link(20, 200);
    link.transfer(1000, TimeUnit.MILLISECONDS.toNanos(20));
    assertThat(quicker(9, link)).isTrue();
    assertThat(quicker(10, link)).isFalse();
  }
}
