package dev.sway.lazyfsd.chunk;

import dev.sway.formats.chunk.UnprovenException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.ChunkPlace;
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
  private final ChunkPlace place;
  private final AtomicReference<Result> result = new AtomicReference<>(Result.NONE);

  /// Why a copy that is no damaged one is not shown.
  private volatile @Nullable UnprovenException refused;

  /// What it came to.
  private record Result(@Nullable Slot slot, boolean over) {
    static final Result NONE = new Result(null, false);
    static final Result OVER = new Result(null, true);
  }

  Decoding(DecodedChunks decoded, Decoders decoders, ChunkPlace place) {
    this.decoded = decoded;
    this.decoders = decoders;
    this.place = place;
  }

  @Override
  public Boolean accept(MemorySegment frame, String where) throws CorruptException {
    ChunkLocation chunk = place.chunk();
    Slot slot = decoded.take(chunk.length());
    boolean kept = false;
    try {
      decoders.decode(chunk.id(), place.proof(), frame, slot.filling(chunk.length()), where);
      kept = result.compareAndSet(Result.NONE, new Result(slot, false));
    } catch (UnprovenException e) {
      // The copy is right, and so would be every other one.
      refused = e;
    } finally {
      if (!kept) {
        decoded.giveBack(slot);
      }
    }
    return true;
  }

  /// Shows the slot, pinned by the calling thread. To be called once, after a copy was accepted.
  ///
  /// @throws UnprovenException where the chunk's proof says that its content should be another
  Slot show() throws UnprovenException {
    Slot slot = result.getAndSet(Result.OVER).slot();
    if (slot == null) {
      UnprovenException why = refused;
      if (why != null) {
        throw why;
      }
      throw new IllegalStateException("no copy of " + place + " was accepted");
    }
    decoded.show(slot, place.content());
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
