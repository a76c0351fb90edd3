package dev.sway.lazyfsd.server;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the worker of a state folder was started, for the one that takes its place: the file
/// `serve.json` in the folder, its user's alone.
///
/// @param arguments of `lazyfsd serve`: options that were given, paths absolute, `--listen` and
///   `--peer-listen` with the ports that were really taken
@JsonIgnoreProperties(ignoreUnknown = true)
public record ServeRecord(List<String> arguments) {
  private static final String FILE = "serve.json";

  /// Far more than the kernel takes as arguments of a process.
  private static final long MAX_BYTES = 8 << 20;

  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  public ServeRecord {
    arguments = List.copyOf(arguments);
  }

  /// Reads that of `state`.
  ///
  /// @throws SwayException of kind `not-found` where there is none, `corrupt` where it is something
  ///   else
  public static ServeRecord read(Path state) throws IOException {
    Path file = state.resolve(FILE);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw strange(file, "it has more than " + MAX_BYTES + " bytes", null);
      }
      return WireJson.read(Files.readAllBytes(file), ServeRecord.class, FILE);
    } catch (NoSuchFileException e) {
      throw new SwayException(
          FailureKind.NOT_FOUND,
          "%s is not there: no lazyfsd that could be upgraded serves %s; start one with 'lazyfsd serve'"
              .formatted(file, state),
          e);
    } catch (SwayException e) {
      throw e.kind() == FailureKind.USAGE ? strange(file, e.getMessage(), e) : e;
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  private static SwayException strange(Path file, String what, @Nullable Exception cause) {
    return new SwayException(
        FailureKind.CORRUPT,
        "%s is not what lazyfsd wrote: %s; start lazyfsd anew with 'lazyfsd serve'"
            .formatted(file, what),
        cause);
  }

  /// Writes this into `state`, whose lock the caller has; whoever reads it sees all of it.
  public void write(Path state) throws IOException {
    Path file = state.resolve(FILE);
    Path part = state.resolve(FILE + ".part");
    try {
      Files.deleteIfExists(part);
      try (FileChannel channel =
          FileChannel.open(
              part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE)) {
        channel.write(ByteBuffer.wrap(WireJson.write(this)));
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }
}
