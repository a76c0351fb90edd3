package dev.sway.lazyfsd.chunk;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.source.PackSource.Check;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Decodes one chunk into a slot, from the first right one of the copies that it is shown. However
/// many those are, from whatever threads and however late, at most one slot is shown, and every
/// other one given back.
final class Decoding implements Check<Boolean>, AutoCloseable {
  private final DecodedChunks decoded;
  private final Decoders decoders;
  private final ChunkLocation chunk;
  private final AtomicReference<Result> result = new AtomicReference<>(Result.NONE);

  /// What it came to.
  private record Result(@Nullable Slot slot, boolean over) {
    static final Result NONE = new Result(null, false);
    static final Result OVER = new Result(null, true);
  }

  Decoding(DecodedChunks decoded, Decoders decoders, ChunkLocation chunk) {
    this.decoded = decoded;
    this.decoders = decoders;
    this.chunk = chunk;
  }

  @Override
  public Boolean accept(MemorySegment frame, String where) throws CorruptException {
    ChunkId id = chunk.id();
    Slot slot = decoded.take(chunk.length());
    boolean kept = false;
    try {
      decoders.decode(id, frame, slot.filling(chunk.length()), where);
      kept = result.compareAndSet(Result.NONE, new Result(slot, false));
    } finally {
      if (!kept) {
        decoded.giveBack(slot);
      }
    }
    return true;
  }

  /// Shows the slot, pinned by the calling thread. To be called once, after a copy was accepted.
  Slot show() {
    Slot slot = result.getAndSet(Result.OVER).slot();
    if (slot == null) {
      throw new IllegalStateException("no copy of " + chunk.id() + " was accepted");
    }
    decoded.show(slot, chunk.id());
    return slot;
  }

  @Override
  public void close() {
    Slot slot = result.getAndSet(Result.OVER).slot();
    if (slot != null) {
      decoded.giveBack(slot);
    }
  }
}
