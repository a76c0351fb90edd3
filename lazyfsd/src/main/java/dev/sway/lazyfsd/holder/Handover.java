package dev.sway.lazyfsd.holder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Has the worker that uses a state folder give its place to another one.
public final class Handover {
  private Handover() {}

  /// Whether `state` has a holder, as far as this process can tell.
  ///
  /// @param state the folder
  public static boolean isHeld(Path state) {
    if (!Files.exists(HolderProtocol.socket(state))) {
      return false;
    }
    try (HolderConnection _ = HolderConnection.open(state)) {
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /// Makes sure that a worker of this version can go on with what the holder of `state` keeps.
  ///
  /// @param state the folder, absolute and without symbolic links
  /// @throws SwayException of kind `not-found` where there is no holder, `unsupported-version`
  ///   where it is of another version; then nothing has happened
  public static void check(Path state) throws IOException {
    greeted(state).close();
  }

  /// Tells the worker to leave. It does so some time after this returns, and its process ends.
  ///
  /// @param state as above
  /// @return its process id; empty where the holder does not say
  /// @throws SwayException as above, and of kind `not-found` where no worker is there
  public static OptionalLong request(Path state) throws IOException {
    try (HolderConnection connection = greeted(state)) {
      connection.send(Frame.write(HolderProtocol.LEAVE));
      Frame answer = answer(connection);
      if (answer.code() != HolderProtocol.OK) {
        throw missing(state, null);
      }
      return answer.hasMore()
          ? OptionalLong.of(answer.number(1, Long.MAX_VALUE))
          : OptionalLong.empty();
    }
  }

  private static HolderConnection greeted(Path state) throws IOException {
    HolderConnection connection;
    try {
      connection = HolderConnection.open(state);
    } catch (IOException e) {
      throw missing(state, e);
    }
    try {
      connection.send(Frame.write(HolderProtocol.HELLO).number(HolderProtocol.VERSION));
      long version = answer(connection).number(1, Long.MAX_VALUE);
      if (version != HolderProtocol.VERSION) {
        throw new SwayException(
            FailureKind.UNSUPPORTED_VERSION,
            "the holder of %s speaks version %d, this lazyfsd %d: it cannot go on with its mounts and runs; end that lazyfsd with SIGTERM, which ends them, and start this one with 'lazyfsd serve'"
                .formatted(state, version, HolderProtocol.VERSION));
      }
      return connection;
    } catch (IOException | RuntimeException e) {
      try (connection) {
        throw e;
      }
    }
  }

  private static Frame answer(HolderConnection connection) throws IOException {
    return connection.receive().orElseThrow(() -> new IOException("the holder has just ended"));
  }

  private static SwayException missing(Path state, @Nullable IOException why) {
    String where =
        Files.isDirectory(state) ? "no lazyfsd serves " + state : state + " is no folder";
    return new SwayException(
        FailureKind.NOT_FOUND, where + "; start this one there with 'lazyfsd serve'", why);
  }
}
