package dev.sway.lazyfsd.prefetch;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The threads that work on one prefetch. Thread-safe.
final class WorkThreads {
  private static final System.Logger LOG = System.getLogger(WorkThreads.class.getName());

  private final String name;
  private final Course course;
  private final Runnable left;
  private final AtomicInteger working = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final CountDownLatch over = new CountDownLatch(1);

  /// @param name that the threads' names begin with
  /// @param course is cancelled where there is no thread for a part of it
  /// @param left is called by each thread that was the last one to work: it calls [#start] once
  ///   more, or [#end]
  WorkThreads(String name, Course course, Runnable left) {
    this.name = name;
    this.course = course;
    this.left = left;
  }

  /// Has each of `work` done by a thread of its own, named by its key; returns at once.
  void start(Map<String, Runnable> work) {
    working.addAndGet(work.size());
    work.forEach((part, task) -> {
      try {
        Thread thread =
            Thread.ofPlatform().name(name + "-" + part).daemon().unstarted(() -> run(task));
        threads.add(thread);
        thread.start();
      } catch (OutOfMemoryError e) {
        LOG.log(System.Logger.Level.WARNING, "no thread to prefetch with: {0}", e.getMessage());
        course.cancel();
        leave();
      }
    });
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "not all is prefetched: {0}", e.toString());
    } finally {
      threads.remove(Thread.currentThread());
      leave();
    }
  }

  /// Has those that wait for something give up.
  void interrupt() {
    threads.forEach(Thread::interrupt);
  }

  /// One thread less works on it.
  private void leave() {
    if (working.decrementAndGet() == 0) {
      left.run();
    }
  }

  /// Nothing is started any more.
  void end() {
    over.countDown();
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  /// Waits for the end, at most `nanos`; answers whether it has come. Who is interrupted does not
  /// wait, and stays so.
  boolean await(long nanos) {
    try {
      return over.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Waits for the end, also where it is interrupted meanwhile.
  void join() {
    boolean interrupted = false;
    while (!isOver()) {
      try {
        over.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
