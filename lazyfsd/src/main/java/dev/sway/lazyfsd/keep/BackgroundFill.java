package dev.sway.lazyfsd.keep;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.api.CacheResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Fetches the rest of images that are in use, one after another, so that nothing that runs on them
/// later waits for a server. What somebody waits for goes first, and an image that does not fit
/// beside what is in the cache is left alone. Thread-safe.
///
/// An image is fetched once for each time that it is [#want]ed, some time later: a start has the
/// link for itself. What goes wrong is told to the operator; what is missing then is fetched when
/// it is read.
public final class BackgroundFill implements AutoCloseable {
  /// How long a start has the link for itself.
  public static final Duration DELAY = Duration.ofSeconds(10);

  private static final System.Logger LOG = System.getLogger(BackgroundFill.class.getName());

  private final ImageKeeper keeper;
  private final Duration delay;
  private final Set<Digest> wanted = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService filling;

  /// @param delay before an image is fetched
  public BackgroundFill(ImageKeeper keeper, Duration delay) {
    this.keeper = keeper;
    this.delay = delay;
    ScheduledThreadPoolExecutor threads =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("cache-fill").daemon().factory());
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    filling = threads;
  }

  /// The rest of the image with this manifest digest is to be fetched.
  public void want(Digest manifest) {
    if (!wanted.add(manifest)) {
      return;
    }
    try {
      var _ = filling.schedule(() -> fill(manifest), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The worker ends.
      wanted.remove(manifest);
    }
  }

  private void fill(Digest manifest) {
    wanted.remove(manifest);
    try {
      if (!keeper.fits(manifest)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "not all of {0} is fetched: others would have to leave the cache",
            manifest);
        return;
      }
      CacheResult result = keeper.warm(manifest.toString(), (_, _) -> {});
      LOG.log(
          System.Logger.Level.DEBUG,
          "fetched the rest of {0}: {1} bytes",
          manifest,
          result.bytes());
    } catch (IOException | RuntimeException e) {
      if (!filling.isShutdown()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "not all of {0} is fetched: {1}",
            manifest,
            String.valueOf(e.getMessage()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends what is under way, and waits for its end. Idempotent.
  @Override
  public void close() {
    filling.shutdownNow();
    filling.close();
  }
}
