package dev.sway.formats.read;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Has pieces of work done on several threads, and hands on their results in the order in which the
/// work was given. At most two pieces for each thread are waiting, done or being done. Its own
/// methods are for one thread, which also gets the results.
final class OrderedWork<T> implements AutoCloseable {
  private final ExecutorService workers;
  private final int window;
  private final Consumer<T> results;
  private final Deque<Future<T>> inFlight = new ArrayDeque<>();

  /// @param threads at least 1
  /// @param name of the threads, before their numbers
  /// @param results takes them
  OrderedWork(int threads, String name, Consumer<T> results) {
    this.results = results;
    window = 2 * threads;
    workers =
        Executors.newFixedThreadPool(threads, Thread.ofPlatform().name(name, 0).daemon().factory());
  }

  /// Has `work` done; waits for the first piece that was given where too many are in flight.
  ///
  /// @throws IOException what that piece failed with
  void add(Callable<T> work) throws IOException {
    if (inFlight.size() == window) {
      takeFirst();
    }
    inFlight.add(workers.submit(work));
  }

  /// Waits until all work is done.
  ///
  /// @throws IOException what the first piece that failed did so with
  void finish() throws IOException {
    while (!inFlight.isEmpty()) {
      takeFirst();
    }
  }

  private void takeFirst() throws IOException {
    T result;
    try {
      result = inFlight.removeFirst().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while others work");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException exception -> throw exception;
        case RuntimeException exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
    results.accept(result);
  }

  /// Gives up what is not finished, and waits until no thread works on it any more.
  @Override
  public void close() {
    workers.shutdownNow();
    workers.close();
  }
}
