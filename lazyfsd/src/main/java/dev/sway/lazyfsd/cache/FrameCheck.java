package dev.sway.lazyfsd.cache;

import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.source.PackSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Makes what is wanted of each of many frames, and thereby says whether they are the right ones.
/// Implementations are thread-safe.
@FunctionalInterface
public interface FrameCheck {
  /// Decodes, compares, and throws away.
  FrameCheck DIGEST = (wanted, frame, where) -> compare(wanted.chunk(), frame, where);

  /// The same for one frame that is fetched alone.
  static PackSource.Check<ChunkLocation> of(ChunkLocation chunk) {
    return (frame, where) -> {
      compare(chunk, frame, where);
      return chunk;
    };
  }

  private static void compare(ChunkLocation chunk, MemorySegment frame, String where)
      throws CorruptException {
    byte[] bytes = frame.toArray(ValueLayout.JAVA_BYTE);
    byte[] content = ChunkDecoder.decode(chunk.id(), bytes, 0, bytes.length, chunk.length(), where);
    assert content.length == chunk.length();
  }

  /// Takes a frame that is wanted.
  ///
  /// @param frame valid during the call only; native or on the heap
  /// @param where names the copy in errors
  /// @throws CorruptException where it is not that frame; another copy is then tried
  void accept(FrameReference wanted, MemorySegment frame, String where) throws CorruptException;
}
