package dev.sway.lazyfsd.chunk;

import dev.sway.formats.id.ContentId;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The loads under way: for each chunk one that others wait for, and those that overtake it.
/// Thread-safe.
final class Loads {
  private final Map<ContentId, Load> first = new ConcurrentHashMap<>();
  private final Set<Load> all = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /// Makes `load` the one that others wait for, or answers the one that is.
  @Nullable Load offer(ContentId id, Load load) {
    return first.putIfAbsent(id, load);
  }

  /// Makes `load` the one that others wait for from now on, in the place of `slow`, which goes on.
  /// Answers whether it was that one.
  boolean overtake(ContentId id, Load slow, Load load) {
    return first.replace(id, slow, load);
  }

  /// Whether somebody loads this chunk.
  boolean has(ContentId id) {
    return first.containsKey(id);
  }

  /// The calling thread begins with `load`, and will call [#end] whatever becomes of it.
  ///
  /// @throws IOException where no load is to begin any more
  void begin(Load load) throws IOException {
    all.add(load);
    // In this order: either that is seen here, or `interrupt` sees the load.
    if (closed) {
      throw new IOException("the chunk cache is closed");
    }
  }

  /// The calling thread is done with `load`.
  ///
  /// @param failure what those who wait for it are told; null where they are to look again
  void end(ContentId id, Load load, @Nullable IOException failure) {
    first.remove(id, load);
    load.end(failure);
    all.remove(load);
  }

  boolean isClosed() {
    return closed;
  }

  /// Lets none begin any more, and interrupts those under way.
  void interrupt() {
    closed = true;
    all.forEach(Load::interrupt);
  }

  /// Waits for the end of those under way.
  void await() {
    all.forEach(Load::await);
  }
}
