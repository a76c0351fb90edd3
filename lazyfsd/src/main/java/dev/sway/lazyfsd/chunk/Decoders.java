package dev.sway.lazyfsd.chunk;

import dev.sway.formats.chunk.ContentProof;
import dev.sway.formats.chunk.NativeChunkDecoder;
import dev.sway.formats.chunk.UnprovenException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Decoders that are used again and again; one takes 160 KiB of native memory. Thread-safe. Closing
/// is idempotent, and what is decoded meanwhile is.
final class Decoders implements AutoCloseable {
  /// More than there are processors are seldom at work at once.
  private static final int IDLE = 8;

  private final BlockingQueue<NativeChunkDecoder> idle = new ArrayBlockingQueue<>(IDLE);
  private volatile boolean closed;

  /// Fills `content` with what `frame` decompresses to, verified.
  ///
  /// @param proof instead of the digest in `id`, where there is one
  /// @throws UnprovenException where the content is what `id` says, and not what `proof` says
  void decode(
      ChunkId id,
      @Nullable ContentProof proof,
      MemorySegment frame,
      MemorySegment content,
      String where)
      throws CorruptException, UnprovenException {
    NativeChunkDecoder decoder = idle.poll();
    if (decoder == null) {
      decoder = new NativeChunkDecoder();
    }
    try {
      if (proof == null) {
        decoder.decode(id, frame, content, where);
      } else {
        decoder.decode(id, proof, frame, content, where);
      }
    } finally {
      if (!idle.offer(decoder)) {
        decoder.close();
      }
      if (closed) {
        closeIdle();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    closeIdle();
  }

  /// Closes those that are not at work; others are made when they are needed.
  void closeIdle() {
    for (NativeChunkDecoder decoder = idle.poll(); decoder != null; decoder = idle.poll()) {
      decoder.close();
    }
  }
}
