package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QuarantineTest {
  private static final Digest PACK = Digest.of(new byte[] {1});
  private static final Digest OTHER = Digest.of(new byte[] {2});

  private final AtomicLong now = new AtomicLong();
  private final Quarantine quarantine = Quarantine.ofBad(now::get);

  @Test
  void rangeIsAsideAndItsNeighboursAreNot() {
    quarantine.range(PACK, 10);
    assertThat(quarantine.has(PACK, 10)).isTrue();
    assertThat(quarantine.has(PACK, 11)).isFalse();
    assertThat(quarantine.has(OTHER, 10)).isFalse();
  }

  @Test
  void severalBadRangesMakeABadPack() {
    for (int i = 0; i < Quarantine.BAD_RANGES; i++) {
      quarantine.range(PACK, i);
    }
    assertThat(quarantine.has(PACK, 1000)).isTrue();
    assertThat(quarantine.has(OTHER, 1000)).isFalse();
  }

  @Test
  void termEnds() {
    quarantine.pack(PACK);
    quarantine.range(OTHER, 1);
    now.addAndGet(Quarantine.TERM.toNanos() - 1);
    assertThat(quarantine.has(PACK, 0)).isTrue();
    assertThat(quarantine.has(OTHER, 1)).isTrue();
    now.addAndGet(2);
    assertThat(quarantine.has(PACK, 0)).isFalse();
    assertThat(quarantine.has(OTHER, 1)).isFalse();
  }

  @Test
  void copyThatProvedRightIsReleased() {
    quarantine.range(PACK, 1);
    quarantine.release(PACK, 1);
    assertThat(quarantine.has(PACK, 1)).isFalse();
  }
}
