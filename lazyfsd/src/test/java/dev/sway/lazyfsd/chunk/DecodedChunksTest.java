package dev.sway.lazyfsd.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

@Timeout(60)
// It looks at the memory of the whole process.
@Isolated
class DecodedChunksTest {
  private static final int MAX = ChunkFormat.MAX_CONTENT;

  private static ChunkId id(int number) {
    return new ChunkId(Digest.of(ByteBuffer.allocate(4).putInt(number).array()));
  }

  /// Every byte tells the chunk.
  private static byte pattern(int number) {
    return (byte) (number * 31 + 7);
  }

  private static Slot put(DecodedChunks chunks, int number, int length) {
    Slot slot = chunks.take(length);
    slot.filling(length).fill(pattern(number));
    chunks.show(slot, id(number));
    return slot;
  }

  private static ExecutorService threads(int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().daemon().name("reader-", 0).factory());
  }

  /// Pins and reads random chunks, puts those that are not there, and dismisses some that others
  /// may be reading.
  private static void work(DecodedChunks chunks, Random random, int[] lengths, AtomicInteger hits) {
    byte[] read = new byte[MAX];
    for (int i = 0; i < 300; i++) {
      int number = random.nextInt(lengths.length);
      Slot slot = chunks.pin(id(number));
      if (slot == null) {
        slot = put(chunks, number, lengths[number]);
      } else {
        hits.incrementAndGet();
      }
      int from = random.nextInt(lengths[number]);
      int count = 1 + random.nextInt(lengths[number] - from);
      slot.copy(from, MemorySegment.ofArray(read).asSlice(0, count));
      chunks.release(slot);
      for (int at = 0; at < count; at++) {
        if (read[at] != pattern(number)) {
          throw new AssertionError("another chunk's byte at " + (from + at) + " of " + number);
        }
      }
      assertThat(chunks.resident()).isLessThanOrEqualTo(chunks.capacity());
      if (random.nextInt(50) == 0) {
        chunks.age();
      }
      if (random.nextInt(5) == 0) {
        chunks.dismiss(id(random.nextInt(lengths.length)));
      }
    }
  }

  @Test
  void noReaderEverSeesAnotherChunkAndTheBoundHolds() {
    Randomized.forSeeds(
        4,
        random -> {
          int[] lengths = random.ints(90, 1, 1 << 20).toArray();
          lengths[0] = MAX;
          DecodedChunks chunks = new DecodedChunks(0);
          AtomicInteger hits = new AtomicInteger();
          List<Future<?>> works = new ArrayList<>();
          try (ExecutorService threads = threads(6)) {
            for (int i = 0; i < 6; i++) {
              Random own = new Random(random.nextLong());
              works.add(threads.submit(() -> work(chunks, own, lengths, hits)));
            }
            for (Future<?> work : works) {
              work.get();
            }
          }
          assertThat(hits.get()).isPositive();
          // All pins are given back: everything can go.
          chunks.clear();
          assertThat(chunks.resident()).isZero();
        });
  }

  @Test
  void whatIsReadStaysAndWhoNeedsRoomWaitsForIt() throws Exception {
    DecodedChunks chunks = new DecodedChunks(0);
    List<Slot> pinned = new ArrayList<>();
    for (int i = 0; i < DecodedChunks.LEAST_BYTES / MAX; i++) {
      pinned.add(put(chunks, i, MAX));
    }
    try (ExecutorService threads = threads(1)) {
      Future<Slot> waiting = threads.submit(() -> chunks.take(1));
      assertThatThrownBy(() -> waiting.get(50, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      chunks.release(pinned.get(2));
      Slot taken = waiting.get();
      assertThat(taken).isSameAs(pinned.get(2));
      assertThat(chunks.pin(id(2))).isNull();
      for (int i : new int[] {0, 1, 3}) {
        byte[] read = new byte[1];
        pinned.get(i).copy(MAX - 1, MemorySegment.ofArray(read));
        assertThat(read[0]).isEqualTo(pattern(i));
      }
    }
  }

  @Test
  void whatWasReadLatelyOutlivesWhatWasNot() throws IOException {
    DecodedChunks chunks = new DecodedChunks(0);
    for (int i = 0; i < 4; i++) {
      chunks.release(put(chunks, i, MAX));
    }
    for (int next = 4; next < 20; next++) {
      chunks.release(Objects.requireNonNull(chunks.pin(id(0)), "before " + next));
      chunks.release(put(chunks, next, MAX));
    }
  }

  @Test
  void whatWasLoadedForOthersOutlivesWhatWasReadOnce() throws IOException {
    DecodedChunks chunks = new DecodedChunks(0);
    chunks.leave(put(chunks, 0, MAX));
    for (int number = 1; number < 8; number++) {
      chunks.release(put(chunks, number, MAX));
    }
    assertThat(chunks.has(id(0))).isTrue();
  }

  @Test
  void freeMemoryGoesBeforeWhatIsShown() throws IOException {
    DecodedChunks chunks = new DecodedChunks(0);
    for (int i = 0; i < 3; i++) {
      put(chunks, i, MAX);
    }
    chunks.release(put(chunks, 3, 64 << 10));
    for (int i = 4; i < 6; i++) {
      chunks.release(put(chunks, i, i == 4 ? 1 << 20 : 128 << 10));
    }
    chunks.dismiss(id(4));
    chunks.dismiss(id(5));
    // The larger of the free ones grows, for which the other's memory is lacking.
    chunks.take(MAX - (64 << 10));
    assertThat(chunks.has(id(3))).isTrue();
    assertThat(chunks.resident()).isEqualTo(chunks.capacity());
  }

  @Test
  void whatNobodyNeedsAnyMoreIsUsedAgainFirst() throws IOException {
    DecodedChunks chunks = new DecodedChunks(64L << 20);
    Slot read = put(chunks, 0, 1_000_000);
    Slot unread = put(chunks, 1, 1_000_000);
    chunks.leave(unread);
    long resident = chunks.resident();
    chunks.dismiss(id(0));
    chunks.dismiss(id(1));
    chunks.dismiss(id(2));
    assertThat(chunks.has(id(0))).as("is being read").isTrue();
    assertThat(chunks.has(id(1))).isFalse();
    assertThat(put(chunks, 3, 1_000_000)).isSameAs(unread);
    assertThat(chunks.resident()).isEqualTo(resident);
    byte[] content = new byte[1];
    read.copy(999_999, MemorySegment.ofArray(content));
    assertThat(content[0]).isEqualTo(pattern(0));
  }

  @Test
  void whoNeedsRoomGetsThatOfWhatIsDismissed() throws Exception {
    DecodedChunks chunks = new DecodedChunks(0);
    for (int i = 0; i < DecodedChunks.LEAST_BYTES / MAX; i++) {
      chunks.release(put(chunks, i, MAX));
      // Those that were read since the clock's hand came by would go last.
      chunks.release(Objects.requireNonNull(chunks.pin(id(i))));
    }
    chunks.dismiss(id(2));
    chunks.release(put(chunks, 9, MAX));
    for (int i : new int[] {0, 1, 3, 9}) {
      assertThat(chunks.has(id(i))).as("chunk " + i).isTrue();
    }
  }

  @Test
  void copyingPastTheContentIsRefusedThoughThereIsMemory() throws IOException {
    DecodedChunks chunks = new DecodedChunks(0);
    chunks.release(put(chunks, 1, 100_000));
    chunks.clear();
    Slot slot = put(chunks, 2, 10);
    MemorySegment target = MemorySegment.ofArray(new byte[11]);
    assertThatThrownBy(() -> slot.copy(0, target)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slot.copy(-1, target.asSlice(0, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> slot.copy(10, target.asSlice(0, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void whatNobodyUsesGivesItsMemoryBackToTheKernel() throws IOException {
    DecodedChunks chunks = new DecodedChunks(64L << 20);
    long before = residentPages();
    for (int i = 0; i < 16; i++) {
      chunks.release(put(chunks, i, MAX));
    }
    assertThat(chunks.resident()).isEqualTo(64L << 20);
    assertThat(residentPages() - before).isGreaterThan(12_000);
    chunks.age();
    assertThat(chunks.resident()).as("young once").isEqualTo(64L << 20);
    Slot used = Objects.requireNonNull(chunks.pin(id(3)));
    chunks.age();
    assertThat(chunks.resident()).isEqualTo(MAX);
    assertThat(residentPages() - before).isLessThan(6_000);
    assertThat(used.filling(MAX).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo(pattern(3));
  }

  private static long residentPages() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ", 3)[1]);
  }
}
