package dev.sway.lazyfsd.holder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A worker's connection to its holder, which has been greeted. One thread at a time may use it.
///
/// @param connection to the holder
/// @param pid the holder's process id
/// @param endsWorkers see [HolderProtocol#ENDS_WORKERS]
record HolderLink(HolderConnection connection, long pid, boolean endsWorkers)
    implements AutoCloseable {
  private static final long END_SECONDS = 20;

  /// Connects to the holder of a state folder; starts one where there is none, or one that is of
  /// another version, which ends what it holds.
  static HolderLink open(Path state, HolderLauncher launcher) throws IOException {
    if (Files.exists(HolderProtocol.socket(state))) {
      try {
        HolderConnection connection = HolderConnection.open(state);
        Frame hello = hello(connection);
        long version = hello.number(1, Long.MAX_VALUE);
        HolderLink running = of(connection, hello);
        if (version == HolderProtocol.VERSION) {
          return running;
        }
        running.end();
      } catch (IOException e) {
        // Nobody listens there any more.
        return start(state, launcher, e);
      }
    }
    return start(state, launcher, null);
  }

  private static HolderLink start(Path state, HolderLauncher launcher, @Nullable IOException before)
      throws IOException {
    try {
      launcher.start(state);
      HolderConnection connection = HolderConnection.open(state);
      Frame hello = hello(connection);
      hello.number(HolderProtocol.VERSION, HolderProtocol.VERSION);
      return of(connection, hello);
    } catch (IOException e) {
      if (before != null) {
        e.addSuppressed(before);
      }
      throw e;
    }
  }

  /// @param hello behind its version
  private static HolderLink of(HolderConnection connection, Frame hello) throws IOException {
    long pid = hello.number(1, Integer.MAX_VALUE);
    long abilities = hello.hasMore() ? hello.number(0, Long.MAX_VALUE) : 0;
    return new HolderLink(connection, pid, (abilities & HolderProtocol.ENDS_WORKERS) != 0);
  }

  private static Frame hello(HolderConnection connection) throws IOException {
    try {
      connection.send(Frame.write(HolderProtocol.HELLO).number(HolderProtocol.VERSION));
      return answer(connection);
    } catch (IOException e) {
      try (connection) {
        throw e;
      }
    }
  }

  /// Sends a request; the frames of the answer before its last.
  ///
  /// @throws SwayException where the holder refuses
  /// @throws IOException of another type where the connection is of no use any more
  List<Frame> exchange(Frame.Writer request) throws IOException {
    connection.send(request);
    List<Frame> entries = new ArrayList<>();
    Frame next = answer(connection);
    while (next.code() != HolderProtocol.OK) {
      entries.add(next);
      next = answer(connection);
    }
    next.end();
    return entries;
  }

  /// The next frame of what a request began.
  ///
  /// @throws IOException where there is none, because this is closed or the holder is gone
  Frame answer() throws IOException {
    return answer(connection);
  }

  private static Frame answer(HolderConnection connection) throws IOException {
    Frame frame = connection.receive().orElseThrow(() -> new IOException("the holder has ended"));
    if (frame.code() == HolderProtocol.REFUSED) {
      throw new SwayException(
          FailureKind.INTERNAL,
          "the holder refuses: " + frame.text(HolderProtocol.MAX_FRAME_BYTES));
    }
    return frame;
  }

  /// Ends the holder, with all that it holds, and waits for its end.
  void end() throws IOException {
    try (this) {
      exchange(Frame.write(HolderProtocol.END));
      Optional<ProcessHandle> process = ProcessHandle.of(pid);
      if (pid != ProcessHandle.current().pid() && process.isPresent()) {
        process.get().onExit().get(END_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the holder ends", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "the holder, process %d, does not end within %d s".formatted(pid, END_SECONDS), e);
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
