package dev.sway.lazyfsd.source.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Connections to one server that are open and idle. Thread-safe; the one that was used last is
/// used next, so that those which are not needed grow old and are closed.
final class ConnectionPool implements AutoCloseable {
  /// Servers close idle connections after a minute or more; to be earlier saves a failure.
  static final long MAX_IDLE_NANOS = Duration.ofSeconds(45).toNanos();

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<HttpConnection> idle = new ArrayDeque<>();
  private boolean closed;

  /// @param capacity how many idle connections are kept
  ConnectionPool(int capacity) {
    this.capacity = capacity;
  }

  /// An idle connection, or null where there is none.
  @Nullable HttpConnection take(long now) {
    List<HttpConnection> old = new ArrayList<>(0);
    lock.lock();
    try {
      expire(now, old);
      return idle.pollFirst();
    } finally {
      lock.unlock();
      old.forEach(HttpConnection::close);
    }
  }

  /// Keeps a connection that can be used again, or closes it.
  void give(HttpConnection connection, long now) {
    List<HttpConnection> old = new ArrayList<>(0);
    lock.lock();
    try {
      expire(now, old);
      if (closed || idle.size() >= capacity) {
        old.add(connection);
      } else {
        connection.idleSince(now);
        idle.addFirst(connection);
      }
    } finally {
      lock.unlock();
      old.forEach(HttpConnection::close);
    }
  }

  private void expire(long now, List<HttpConnection> old) {
    for (HttpConnection last = idle.peekLast();
        last != null && now - last.idleSince() > MAX_IDLE_NANOS;
        last = idle.peekLast()) {
      old.add(idle.removeLast());
    }
  }

  /// Closes what is idle now and whatever is given later. Idempotent.
  @Override
  public void close() {
    List<HttpConnection> all;
    lock.lock();
    try {
      closed = true;
      all = new ArrayList<>(idle);
      idle.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(HttpConnection::close);
  }
}
