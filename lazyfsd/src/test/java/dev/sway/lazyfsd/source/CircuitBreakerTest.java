package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private static final long NOW = 1000;
  private static final long SHORTEST = CircuitBreaker.SHORTEST.toNanos();

  private final CircuitBreaker breaker = new CircuitBreaker();

  private void open() {
    for (int i = 0; i < CircuitBreaker.FAILURES; i++) {
      assertThat(breaker.tryPass(NOW)).isTrue();
      breaker.failed(NOW);
    }
  }

  @Test
  void failuresInARowOpenIt() {
    open();
    assertThat(breaker.tryPass(NOW)).isFalse();
    assertThat(breaker.blocks(NOW + SHORTEST - 1)).isTrue();
    assertThat(breaker.state()).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @Test
  void peerIsLeftAloneSoonerAndForLonger() {
    CircuitBreaker peer = CircuitBreaker.ofPeer();
    for (int i = 0; i < CircuitBreaker.PEER_FAILURES; i++) {
      assertThat(peer.tryPass(NOW)).isTrue();
      peer.failed(NOW);
    }
    long at = NOW;
    for (long open = CircuitBreaker.PEER_SHORTEST.toNanos();
        open < CircuitBreaker.PEER_LONGEST.toNanos();
        open *= 2) {
      assertThat(peer.blocks(at + open - 1)).isTrue();
      at += open;
      assertThat(peer.tryPass(at)).isTrue();
      peer.failed(at);
    }
    at += CircuitBreaker.PEER_LONGEST.toNanos();
    assertThat(peer.blocks(at - 1)).isTrue();
    assertThat(peer.tryPass(at)).isTrue();
  }

  @Test
  void successInBetweenStartsTheCountAnew() {
    for (int i = 0; i < 3 * CircuitBreaker.FAILURES; i++) {
      breaker.failed(NOW);
      if (i % 2 == 0) {
        breaker.succeeded();
      }
    }
    assertThat(breaker.tryPass(NOW)).isTrue();
  }

  @Test
  void oneRequestTriesAndItsSuccessClosesIt() {
    open();
    assertThat(breaker.tryPass(NOW + SHORTEST)).isTrue();
    assertThat(breaker.tryPass(NOW + SHORTEST)).isFalse();
    breaker.succeeded();
    assertThat(breaker.tryPass(NOW + SHORTEST)).isTrue();
    assertThat(breaker.tryPass(NOW + SHORTEST)).isTrue();
  }

  @Test
  void failureOfTheTrialKeepsItOpenTwiceAsLongUpToTheLongest() {
    open();
    long now = NOW;
    long expected = SHORTEST;
    for (int i = 0; i < 10; i++) {
      assertThat(breaker.tryPass(now + expected - 1)).isFalse();
      now += expected;
      assertThat(breaker.tryPass(now)).isTrue();
      breaker.failed(now);
      expected = Math.min(2 * expected, CircuitBreaker.LONGEST.toNanos());
    }
    assertThat(expected).isEqualTo(CircuitBreaker.LONGEST.toNanos());
  }

  @Test
  void trialThatIsGivenUpMakesRoomForAnother() {
    open();
    assertThat(breaker.tryPass(NOW + SHORTEST)).isTrue();
    breaker.abandoned(NOW + SHORTEST);
    assertThat(breaker.tryPass(NOW + SHORTEST)).isTrue();
  }
}
