package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Lets threads that may be interrupted use a channel that others use too: an interrupt of a thread
/// that reads or writes a channel closes it, for all.
final class Uninterrupted {
  private Uninterrupted() {}

  /// Reads or writes something.
  @FunctionalInterface
  interface Call<T> {
    T call() throws IOException;
  }

  /// What `call`, on a thread that nobody interrupts, answers. An interrupt meanwhile is kept for
  /// the caller.
  static <T> T call(Call<T> call) throws IOException {
    FutureTask<T> task = new FutureTask<>(call::call);
    Thread.ofVirtual().name("holder-call").start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw failure(Objects.requireNonNullElse(e.getCause(), e));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException failure(Throwable cause) {
    return switch (cause) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IOException(cause);
    };
  }
}
