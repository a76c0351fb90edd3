package dev.sway.lazyfsd.holder;

import dev.sway.lazyfsd.linux.Descriptors;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The descriptors that a holder keeps, by name. Thread-safe.
final class HeldDescriptors implements AutoCloseable {
  /// A descriptor of this process.
  ///
  /// @param payload what the worker that left it wants its successor to know
  record Held(String name, int fd, byte[] payload) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Held> held = new TreeMap<>();

  /// Duplicates the descriptor `fd` of the process `pid`, and keeps it as `name` instead of what
  /// was kept so before.
  ///
  /// @throws IOException where it cannot be duplicated, or is one too many; then nothing has
  ///   changed
  void hold(String name, long pid, int fd, byte[] payload) throws IOException {
    lock.lock();
    try {
      if (!held.containsKey(name) && held.size() >= HolderProtocol.MAX_DESCRIPTORS) {
        throw new IOException(
            "%d descriptors are held; no more are".formatted(HolderProtocol.MAX_DESCRIPTORS));
      }
      Held before = held.put(name, new Held(name, Descriptors.duplicate(pid, fd), payload));
      if (before != null) {
        Descriptors.close(before.fd());
      }
    } finally {
      lock.unlock();
    }
  }

  /// Closes what is kept as `name`, if anything is.
  void drop(String name) {
    lock.lock();
    try {
      Held gone = held.remove(name);
      if (gone != null) {
        Descriptors.close(gone.fd());
      }
    } finally {
      lock.unlock();
    }
  }

  /// All of them, by name. A descriptor may be dropped, and its number used again, at any moment
  /// after this.
  Collection<Held> list() {
    lock.lock();
    try {
      return List.copyOf(held.values());
    } finally {
      lock.unlock();
    }
  }

  /// Does something with all of them, as they then are; nothing is handed to a worker meanwhile.
  void with(Consumer<Collection<Held>> work) {
    lock.lock();
    try {
      work.accept(List.copyOf(held.values()));
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    return list().isEmpty();
  }

  /// Closes all. Idempotent.
  @Override
  public void close() {
    list().forEach(one -> drop(one.name()));
  }
}
