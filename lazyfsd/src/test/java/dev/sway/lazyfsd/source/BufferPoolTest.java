package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Randomized;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  private final BufferPool pool = new BufferPool();

  @Test
  void buffersHaveRoomWhateverTheirLength() {
    Randomized.forSeeds(
        200,
        random -> {
          int length = 1 + random.nextInt(1 << (1 + random.nextInt(24)));
          MemorySegment buffer = pool.take(length);
          assertThat(buffer.byteSize()).isGreaterThanOrEqualTo(length);
          pool.give(buffer);
        });
  }

  @Test
  void bufferThatIsInUseIsNotGivenToAnother() {
    MemorySegment first = pool.take(100_000);
    MemorySegment second = pool.take(100_000);
    assertThat(second.address()).isNotEqualTo(first.address());
    pool.give(first);
    assertThat(pool.take(70_000).address()).isEqualTo(first.address());
  }

  @Test
  void trimmedPoolHasNothingAndKeepsWhatItIsGivenThen() {
    MemorySegment first = pool.take(100_000);
    pool.give(first);
    pool.trim();
    // `first` is still held here, so that its address is nobody else's.
    MemorySegment second = pool.take(100_000);
    assertThat(second.address()).isNotEqualTo(first.address());
    pool.give(second);
    assertThat(pool.take(100_000).address()).isEqualTo(second.address());
  }

  @Test
  void whatIsKeptIsBounded() {
    int size = 1 << 20;
    List<MemorySegment> taken = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      taken.add(pool.take(size));
    }
    Set<Long> given = new HashSet<>();
    for (MemorySegment buffer : taken) {
      pool.give(buffer);
      given.add(buffer.address());
    }
    int known = 0;
    for (int i = 0; i < 40; i++) {
      MemorySegment again = pool.take(size);
      // Held until the end, as `taken` holds the others: no address is used twice.
      taken.add(again);
      known += given.contains(again.address()) ? 1 : 0;
    }
    assertThat((long) known * size).isEqualTo(BufferPool.MAX_IDLE_BYTES);
  }
}
