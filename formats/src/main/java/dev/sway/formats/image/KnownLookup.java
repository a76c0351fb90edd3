package dev.sway.formats.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Finds out what is stored already while a source is read. Closing it ends what is under way.
final class KnownLookup implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("find-known-chunks").daemon().factory());
  private final Future<KnownChunks> found;

  KnownLookup(KnownImages images) {
    found = thread.submit(images::find);
  }

  /// What was found; waits for it.
  KnownChunks await() throws IOException {
    try {
      return found.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while stored images were looked at");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("stored images could not be looked at", e.getCause());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
    thread.close();
  }
}
