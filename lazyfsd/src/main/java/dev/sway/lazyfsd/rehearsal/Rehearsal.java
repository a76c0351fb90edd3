package dev.sway.lazyfsd.rehearsal;

import dev.sway.blobd.cli.Program;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.run.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Has a worker rehearse starts, once and while none is under way, until its code is compiled. A
/// run that is asked for meanwhile ends that; the rest is done when the worker has been quiet again
/// for a while.
///
/// It works on a thread of its own, and in a folder of its own in the state folder. What goes wrong
/// costs nothing but later starts' time, and is logged. Thread-safe; [#close] is idempotent.
public final class Rehearsal implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Rehearsal.class.getName());

  /// How long no run is to have been starting before it begins, unless told otherwise.
  public static final Duration QUIET = Duration.ofSeconds(1);

  /// Starts until the most of what they take is compiled.
  static final int STARTS = 10;

  private static final long LOOK_MILLIS = 50;

  /// How long [#close] waits for the end of what is under way.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Program program;
  private final RunLayout layout;
  private final FuseTransport transport;
  private final KeptMounts kept;
  private final BooleanSupplier quiet;
  private final Duration delay;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile Progress progress = Progress.PENDING;

  /// How far it has come.
  public enum Progress {
    /// It waits for the worker to be quiet, or goes on.
    PENDING,

    /// All is rehearsed.
    DONE,

    /// It was given up.
    FAILED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private Rehearsal(
      Program program,
      RunLayout layout,
      FuseTransport transport,
      KeptMounts kept,
      BooleanSupplier quiet,
      Duration delay) {
    this.program = program;
    this.layout = layout;
    this.transport = transport;
    this.kept = kept;
    this.quiet = quiet;
    this.delay = delay;
    thread = Thread.ofPlatform().name("rehearsal").daemon().unstarted(this::run);
  }

  /// Begins once the worker has been quiet for `delay`; returns at once.
  ///
  /// @param layout of the worker, swept, with folders for runs and mounts
  /// @param kept the worker's mounts at its holder
  /// @param quiet whether no run is being started
  public static Rehearsal start(
      Program program,
      RunLayout layout,
      FuseTransport transport,
      KeptMounts kept,
      BooleanSupplier quiet,
      Duration delay) {
    Rehearsal rehearsal = new Rehearsal(program, layout, transport, kept, quiet, delay);
    rehearsal.thread.start();
    return rehearsal;
  }

  private void run() {
    try {
      RehearsedStart.requireReader();
      for (int done = 0; done < STARTS; ) {
        if (!awaitQuiet()) {
          return;
        }
        done += rehearse(STARTS - done);
      }
      progress = Progress.DONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "starts are not rehearsed, and the first ones take longer: {0}",
          String.valueOf(e.getMessage()));
    } finally {
      if (progress == Progress.PENDING && closed.getCount() > 0) {
        progress = Progress.FAILED;
      }
    }
  }

  /// Rehearses `wanted` starts; answers how many it has done where it had to end before.
  private int rehearse(int wanted) throws IOException {
    Path folder = layout.rehearsal();
    // One that is there already is somebody else's, or could not be swept.
    PrivateFolder.create(folder);
    int done = 0;
    try (RehearsalImage image = RehearsalImage.make(program, folder, this::check)) {
      RehearsedStart start =
          new RehearsedStart(layout, transport, kept, image, folder.resolve("start"), this::check);
      while (done < wanted) {
        start.play();
        done++;
      }
    } catch (UnwantedException e) {
      LOG.log(System.Logger.Level.DEBUG, "rehearsed {0} of {1} starts", done, wanted);
    } finally {
      Folders.delete(folder);
    }
    return done;
  }

  private void check() {
    if (closed.getCount() == 0 || !quiet.getAsBoolean()) {
      throw new UnwantedException();
    }
  }

  /// Waits until the worker has been quiet for a while; answers false where this is closed before.
  private boolean awaitQuiet() throws InterruptedException {
    long since = System.nanoTime();
    while (!closed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      long now = System.nanoTime();
      if (!quiet.getAsBoolean()) {
        since = now;
      } else if (now - since >= delay.toNanos()) {
        return true;
      }
    }
    return false;
  }

  /// How far it has come.
  public Progress progress() {
    return progress;
  }

  /// Gives up what is left to rehearse, and returns once nothing of it is left.
  @Override
  public void close() {
    closed.countDown();
    try {
      if (!thread.join(PATIENCE)) {
        LOG.log(System.Logger.Level.WARNING, "a rehearsed start does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
