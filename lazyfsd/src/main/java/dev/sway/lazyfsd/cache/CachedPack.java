package dev.sway.lazyfsd.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// What is here of one pack, for somebody who verifies it himself. Looking at it is no use: it does
/// not keep anything from eviction. Thread-safe; reading waits for nobody and keeps nobody waiting.
public final class CachedPack {
  private final PackReplica replica;

  CachedPack(PackReplica replica) {
    this.replica = replica;
  }

  /// Whether nothing of it is said to be here, as far as [#has] has seen.
  public boolean isEmpty() {
    return replica.frames().isEmpty();
  }

  /// Whether frames that abut are said to have all of `offset..offset+length`.
  public boolean has(long offset, int length) throws IOException {
    return replica.covers(offset, length);
  }

  /// Fills `target`, which is native memory, with what the disk has from `offset` on; answers
  /// whether it has that many bytes. Where something is evicted meanwhile they are zeros, and where
  /// the disk is damaged they are any.
  public boolean read(long offset, MemorySegment target) throws IOException {
    return replica.read(offset, target);
  }
}
