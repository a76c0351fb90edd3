package dev.sway.lazyfsd.fuse.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The threads that serve one mount. There is always one that waits for the next request, up to a
/// bound: those that wait for the network must not starve those that can answer. Those that nobody
/// needs any more end. Thread-safe.
final class Crew {
  private static final System.Logger LOG = System.getLogger(Crew.class.getName());

  /// How many may wait for chunks at once before requests wait for them.
  private static final int MOST = 128;

  /// How many wait for requests at most. One reader keeps several busy, since it goes on before the
  /// thread that has answered it is back, and a thread costs more to start than to keep.
  private static final int MOST_IDLE = 8;

  /// How many begin, and wait on where nothing is asked for long: one that waits takes some 100 KiB
  /// for its stack and its buffers.
  private static final int LEAST_IDLE = 2;

  /// A request's way down to the index and the decoder is short.
  private static final long STACK_BYTES = 512 << 10;

  private final String name;
  private final List<Runnable> stations;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private int hired;
  private int working;
  private int waiting;

  /// How many of those that wait are to leave.
  private int leaving;

  private boolean over;

  /// @param name of the threads
  Crew(String name) {
    this.name = name;
    this.stations = new ArrayList<>();
  }

  /// Starts to serve.
  ///
  /// @param loops one for each descriptor; threads share them
  void start(List<RequestLoop> loops) {
    lock.lock();
    try {
      loops.forEach(loop -> stations.add(loop::run));
      for (int i = 0; i < Math.max(LEAST_IDLE, stations.size()); i++) {
        hire();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Where the machine has no thread left, those that are there go on.
  private void hire() {
    Runnable station = stations.get(hired % stations.size());
    try {
      Thread.ofPlatform()
          .name("fuse-" + name + "-" + hired)
          .daemon()
          .stackSize(STACK_BYTES)
          .start(() -> {
            try {
              station.run();
            } finally {
              leave();
            }
          });
    } catch (OutOfMemoryError e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no further thread for the mount {0}: {1}",
          name,
          e.getMessage());
      return;
    }
    hired++;
    working++;
    waiting++;
  }

  private void leave() {
    lock.lock();
    try {
      working--;
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The calling thread has a request.
  void busy() {
    lock.lock();
    try {
      waiting--;
      if (waiting == 0 && working < MOST && !over) {
        hire();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The calling thread is done with its request; answers whether it is to wait for another.
  boolean idle() {
    lock.lock();
    try {
      if (leaving > 0 && waiting >= LEAST_IDLE) {
        leaving--;
        return false;
      }
      if (waiting >= MOST_IDLE) {
        return false;
      }
      waiting++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Has those leave that are not needed while nothing is asked. Who waits for a request leaves
  /// after one, so each gets one.
  ///
  /// @param request makes a request, and returns when it is answered
  void shrink(Runnable request) {
    int surplus = surplus();
    for (int i = 0; i < surplus; i++) {
      request.run();
    }
  }

  private int surplus() {
    lock.lock();
    try {
      leaving = Math.max(0, waiting - LEAST_IDLE);
      return leaving;
    } finally {
      lock.unlock();
    }
  }

  /// The connection is over: the calling thread ends, and nobody is hired any more.
  void ended() {
    lock.lock();
    try {
      over = true;
      waiting--;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until all threads have ended, at most `nanos`; answers whether they have.
  boolean await(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long rest = nanos;
      while (working > 0 && rest > 0) {
        rest = left.awaitNanos(rest);
      }
      return working == 0;
    } finally {
      lock.unlock();
    }
  }
}
