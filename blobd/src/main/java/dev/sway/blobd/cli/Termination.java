package dev.sway.blobd.cli;

import java.util.concurrent.CountDownLatch;

/// The orderly end of a server: on SIGTERM, SIGINT or SIGHUP the service is closed and the process
/// ends with exit code 0, or with that of the failure to close.
///
/// Thread-safe. Once disarmed it does nothing any more.
public final class Termination implements AutoCloseable {
  private final Thread hook;

  private Termination(Thread hook) {
    this.hook = hook;
  }

  /// From now on a signal closes `service` and ends the process.
  public static Termination closing(Program program, AutoCloseable service) {
    Thread hook =
        Thread.ofPlatform()
            .name(program.name() + "-termination")
            .unstarted(() -> {
              int code = 0;
              try {
                service.close();
              } catch (Exception e) {
                code = program.report(e).kind().exitCode();
              }
              program.out().flush();
              program.err().flush();
              // Without this the JVM would report the signal (143) instead of a clean end.
              Runtime.getRuntime().halt(code);
            });
    Runtime.getRuntime().addShutdownHook(hook);
    return new Termination(hook);
  }

  /// Waits until a signal ends the process; never returns.
  public void await() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /// Disarms: a signal ends the process as it would any other. During the end itself, nothing.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending: the service is being closed already, which is what was wanted.
      return;
    }
  }
}
