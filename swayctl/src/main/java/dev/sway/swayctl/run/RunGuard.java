package dev.sway.swayctl.run;

import dev.sway.lazyfsd.client.RunClient;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// Ends a run when a signal ends this process: SIGINT, SIGTERM or SIGHUP. A worker that just lost
/// its client would wait for it to come back.
///
/// Thread-safe. Once closed it does nothing any more.
public final class RunGuard implements AutoCloseable {
  private final RunClient client;
  private final Thread hook;
  private volatile @Nullable String id;
  private volatile boolean signalled;

  private RunGuard(RunClient client) {
    this.client = client;
    hook = Thread.ofPlatform().name("run-guard").unstarted(this::end);
  }

  /// From now on a signal ends the run that [#started] names.
  ///
  /// @param client stays the caller's to close, after this
  public static RunGuard armed(RunClient client) {
    RunGuard guard = new RunGuard(client);
    Runtime.getRuntime().addShutdownHook(guard.hook);
    return guard;
  }

  /// The run has this id.
  public void started(String runId) {
    id = runId;
  }

  private void end() {
    signalled = true;
    String started = id;
    if (started == null) {
      return;
    }
    try {
      client.end(started);
    } catch (IOException e) {
      // The worker ends it by itself, after a while; nobody waits here to be told.
      return;
    }
  }

  /// Disarms. After a signal this never returns: the process ends with the signal's exit code, and
  /// nobody wants to hear how the run did.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      awaitEnd();
    }
    if (signalled) {
      awaitEnd();
    }
  }

  private static void awaitEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
