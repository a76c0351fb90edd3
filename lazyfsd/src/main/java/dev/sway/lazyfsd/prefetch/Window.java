package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.index.ChunkPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Part of a file that goes into the page cache at once, as soon as all its chunks are in memory.
/// Thread-safe.
final class Window {
  /// The largest: a chunk or two.
  static final int MAX_BYTES = 512 << 10;

  private final PrefetchPlan.File file;
  private final long offset;
  private final int length;
  private final List<ChunkPlace> places = new ArrayList<>(1);
  private final AtomicInteger awaited = new AtomicInteger();

  /// @param offset a multiple of 4096
  /// @param length ends at a multiple of 4096, or with the file
  Window(PrefetchPlan.File file, long offset, int length) {
    this.file = file;
    this.offset = offset;
    this.length = length;
  }

  PrefetchPlan.File file() {
    return file;
  }

  long offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /// One more chunk is needed, or segment of a hot pack. To be told before anybody else has this.
  void await(ChunkPlace place) {
    places.add(place);
    awaited.incrementAndGet();
  }

  /// What it is read from.
  List<ChunkPlace> places() {
    return places;
  }

  /// A chunk is there; answers whether it was the last one.
  boolean arrived() {
    return awaited.decrementAndGet() == 0;
  }
}
