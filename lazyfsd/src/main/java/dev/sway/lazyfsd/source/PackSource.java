package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.source.http.Span;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Where bytes of packs come from when they are not on this machine. Implementations are
/// thread-safe.
public interface PackSource {
  /// Makes what is wanted of fetched bytes, and thereby says whether they are the right ones.
  @FunctionalInterface
  interface Check<T> {
    /// Takes bytes whose length is the one that was asked for.
    ///
    /// @param body valid during the call only; native or on the heap
    /// @param where names the copy in errors
    /// @throws CorruptException where they are not what they should be; another copy is then tried
    T accept(MemorySegment body, String where) throws CorruptException;
  }

  /// Fetches the bytes `offset..offset+length` of `pack` and has `check` take them. Copies that it
  /// does not accept are replaced by others, as long as there are any.
  ///
  /// @param length at least 1
  /// @param counters told what was fetched and repaired
  /// @throws IOException where no copy can be had before the source's deadline, or none is right
  <T> T fetch(
      PackReference pack,
      long offset,
      int length,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException;

  /// Fetches in one piece the bytes from the first of `needed`, which ascend, to the end of the
  /// last. What lies between them may be anything: a source that has no more than what is needed is
  /// good enough.
  ///
  /// @throws IOException as [#fetch(PackReference, long, int, Urgency, FetchCounters, Check)]
  default <T> T fetch(
      PackReference pack,
      List<Span> needed,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException {
    long offset = needed.getFirst().offset();
    int length = (int) (needed.getLast().end() - offset);
    return fetch(pack, offset, length, urgency, counters, check);
  }

  /// After how many nanoseconds a fetch of `length` bytes of `pack` takes longer than such fetches
  /// usually do, as far as that is known.
  default long slowNanos(PackReference pack, int length) {
    return Latency.UNKNOWN.toNanos();
  }
}
