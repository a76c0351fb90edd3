package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource.Check;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A pack of random frames, each of which knows what it should be. The frames are no zstd: the
/// cache does not look into them.
final class TestPack {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final byte[] bytes;
  final PackReference reference;
  final List<FrameReference> frames = new ArrayList<>();

  /// `count` frames of up to `longest` bytes, one after the other, with gaps where `gap` is not 0.
  TestPack(Random random, int count, int longest, int gap) {
    int[] offsets = new int[count];
    int[] lengths = new int[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      offsets[i] = at;
      lengths[i] = 5 + random.nextInt(longest - 4);
      at += lengths[i] + gap;
    }
    bytes = new byte[at];
    random.nextBytes(bytes);
    reference = new PackReference(Digest.of(bytes), at);
    for (int i = 0; i < count; i++) {
      // As every zstd frame, it does not begin with zeros.
      bytes[offsets[i]] |= 1;
      byte[] content = java.util.Arrays.copyOfRange(bytes, offsets[i], offsets[i] + lengths[i]);
      frames.add(
          new FrameReference(
              new ChunkLocation(
                  new ChunkId(Digest.of(content)), 0, offsets[i], lengths[i], lengths[i]),
              reference));
    }
  }

  ChunkLocation chunk(int frame) {
    return frames.get(frame).chunk();
  }

  /// Accepts nothing but the bytes of `frame`.
  Check<Boolean> check(int frame) {
    return (body, where) -> {
      compare(frames.get(frame), body, where);
      return true;
    };
  }

  /// Reads all frames, one after the other, and makes sure that they are right; those that are to
  /// be kept are kept then.
  void readAll(PackCache cache, FetchCounters counters) throws IOException {
    for (int frame = 0; frame < frames.size(); frame++) {
      assertThat(cache.frame(chunk(frame), reference, Urgency.ON_DEMAND, counters, check(frame)))
          .isTrue();
    }
    // Where the disk was busy with one, it is kept behind its reader's back.
    assertThat(cache.awaitKept(PATIENCE)).isTrue();
  }

  /// Accepts nothing but the bytes of each frame.
  void compare(FrameReference frame, MemorySegment body, String where) throws CorruptException {
    ChunkLocation chunk = frame.chunk();
    MemorySegment right = MemorySegment.ofArray(bytes).asSlice(chunk.offset(), chunk.stored());
    if (body.mismatch(right) != -1) {
      throw new CorruptException(where, "the frame at " + chunk.offset() + " is another");
    }
  }
}
