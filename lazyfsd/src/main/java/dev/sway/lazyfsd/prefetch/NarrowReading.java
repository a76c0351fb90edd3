package dev.sway.lazyfsd.prefetch;

import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.ReadAheadSize;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps the kernel from reading ahead, or far ahead, on a mount while the start of a command is
/// recorded, so that what is learnt is what is used. Thread-safe.
///
/// A file that was opened meanwhile keeps what it got.
public final class NarrowReading {
  private final FuseMount mount;
  private final List<Lease> leases = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  NarrowReading(FuseMount mount) {
    this.mount = mount;
  }

  /// For as long as somebody wants it. Closing it is idempotent.
  public final class Lease implements AutoCloseable {
    private final ReadAheadSize size;

    private Lease(ReadAheadSize size) {
      this.size = size;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (leases.remove(this)) {
          apply();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /// From now on the kernel reads no further ahead than `size`, until this is closed.
  Lease begin(ReadAheadSize size) {
    Lease lease = new Lease(size);
    lock.lock();
    try {
      leases.add(lease);
      apply();
    } finally {
      lock.unlock();
    }
    return lease;
  }

  private void apply() {
    ReadAheadSize least = ReadAheadSize.LARGE;
    for (Lease lease : leases) {
      least = lease.size.kib() < least.kib() ? lease.size : least;
    }
    mount.readAhead(least);
  }
}
