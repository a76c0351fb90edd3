package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.cache.FrameClaims.Claim;
import dev.sway.lazyfsd.cache.RangePlan.Range;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Fetches frames of one pack that are wanted together: neighbours in one request, each frame
/// verified and kept on its own. For one thread.
final class RangeFetch {
  private final PackReplica replica;
  private final PackSource source;
  private final Urgency urgency;
  private final FetchCounters counters;
  private final FrameCheck check;
  private final Keeper keeper;

  /// Keeps a frame that was verified.
  @FunctionalInterface
  interface Keeper {
    void keep(PackReplica replica, ChunkLocation chunk, MemorySegment frame, Urgency urgency);
  }

  RangeFetch(
      PackReplica replica,
      PackSource source,
      Urgency urgency,
      FetchCounters counters,
      FrameCheck check,
      Keeper keeper) {
    this.replica = replica;
    this.source = source;
    this.urgency = urgency;
    this.counters = counters;
    this.check = check;
    this.keeper = keeper;
  }

  /// Fetches those of `wanted` that are neither here nor being fetched by somebody else; answers
  /// the others.
  ///
  /// @throws IOException where a frame cannot be had, or only damaged copies of it
  List<FrameReference> fetch(List<FrameReference> wanted) throws IOException {
    List<FrameReference> others = new ArrayList<>();
    List<FrameReference> missing = new ArrayList<>();
    for (FrameReference frame : wanted) {
      (replica.find(frame.chunk()) == null ? missing : others).add(frame);
    }
    for (Range range : RangePlan.of(missing)) {
      claimAndFetch(range, others);
    }
    return others;
  }

  /// One range after the other, so that nobody waits for a frame whose turn is far away.
  private void claimAndFetch(Range range, List<FrameReference> others) throws IOException {
    List<FrameReference> mine = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    try {
      for (FrameReference frame : range.frames()) {
        Claim claim = replica.claims().tryClaim(frame.chunk(), urgency);
        if (claim != null) {
          claims.add(claim);
        }
        // Whoever had the claim before may have fetched it since.
        boolean needed = claim != null && replica.find(frame.chunk()) == null;
        (needed ? mine : others).add(frame);
      }
      for (Range part : RangePlan.of(mine)) {
        fetch(part);
      }
    } finally {
      for (Claim claim : claims) {
        claim.close();
      }
    }
  }

  private void fetch(Range range) throws IOException {
    Set<FrameReference> right = new HashSet<>();
    try {
      source.fetch(
          range.frames().getFirst().pack(),
          range.spans(),
          urgency,
          counters,
          (body, where) -> verify(range, body, where, right));
    } catch (CorruptException e) {
      if (range.frames().size() == 1) {
        throw e;
      }
      // No source has the whole range right; each of the frames that are left may be right
      // somewhere.
      for (FrameReference frame : range.frames()) {
        if (!right.contains(frame)) {
          fetch(new Range(List.of(frame)));
        }
      }
    }
  }

  /// Takes what is right of `body`, and refuses it where something is not.
  private Set<FrameReference> verify(
      Range range, MemorySegment body, String where, Set<FrameReference> right)
      throws CorruptException {
    CorruptException damage = null;
    for (FrameReference frame : range.frames()) {
      if (right.contains(frame)) {
        continue;
      }
      ChunkLocation chunk = frame.chunk();
      MemorySegment bytes = body.asSlice(chunk.offset() - range.offset(), chunk.stored());
      try {
        check.accept(frame, bytes, where);
        keeper.keep(replica, chunk, bytes, urgency);
        right.add(frame);
      } catch (CorruptException e) {
        damage = e;
      }
    }
    if (damage != null) {
      throw damage;
    }
    return right;
  }
}
