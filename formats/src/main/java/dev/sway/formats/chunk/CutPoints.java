package dev.sway.formats.chunk;

/// Content-defined cut points: where a chunk of a large file ends depends on the 64 bytes before
/// the cut only, so that bytes inserted or removed elsewhere move cuts along with the content.
///
/// A gear hash with normalised chunking, as in Xia et al., "FastCDC: a Fast and Efficient
/// Content-Defined Chunking Approach for Data Deduplication" (USENIX ATC 2016). The gear table
/// comes from SplitMix64, seeded with [#SEED]: it is part of the format in so far as two writers
/// share chunks only if they share it. Immutable, thread-safe.
final class CutPoints {
  private static final long SEED = 0x7377_6179_2043_4443L; // "sway CDC" in ASCII

  /// Before the target one position in 2^20 cuts, after it one in 2^16; masks of high bits, which
  /// depend on all 64 bytes of the window.
  private static final long STRICT_MASK = -1L << (64 - 20);

  private static final long LOOSE_MASK = -1L << (64 - 16);

  private static final long[] GEAR = gear();

  private CutPoints() {}

  private static long[] gear() {
    long[] table = new long[256];
    long state = SEED;
    for (int i = 0; i < table.length; i++) {
      state += 0x9E37_79B9_7F4A_7C15L;
      long z = (state ^ (state >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
      table[i] = z ^ (z >>> 31);
    }
    return table;
  }

  /// The length of the chunk that starts at `buffer[from]`, where `length` bytes are there, all
  /// that the file has left or at least [ChunkFormat#MAX_CUT]. Answers `length` where that is no
  /// more than [ChunkFormat#MIN_CUT].
  static int next(byte[] buffer, int from, int length) {
    int end = from + Math.min(length, ChunkFormat.MAX_CUT);
    int normal = Math.min(end, from + ChunkFormat.TARGET_CUT);
    long hash = 0;
    int i = Math.min(from + ChunkFormat.MIN_CUT, end);
    for (; i < normal; i++) {
      hash = (hash << 1) + GEAR[buffer[i] & 0xff];
      if ((hash & STRICT_MASK) == 0) {
        return i + 1 - from;
      }
    }
    for (; i < end; i++) {
      hash = (hash << 1) + GEAR[buffer[i] & 0xff];
      if ((hash & LOOSE_MASK) == 0) {
        return i + 1 - from;
      }
    }
    return end - from;
  }
}
