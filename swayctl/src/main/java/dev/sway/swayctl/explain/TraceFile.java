package dev.sway.swayctl.explain;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A trace in a file, or in a stream.
public final class TraceFile {
  private TraceFile() {}

  /// The trace in `file`.
  public static TraceSource of(Path file) {
    return () -> {
      if (Files.isDirectory(file)) {
        throw new SwayException(FailureKind.USAGE, file + " is a folder; give the file of a trace");
      }
      try (InputStream in = Files.newInputStream(file)) {
        return TraceReader.read(in, file.toString());
      } catch (NoSuchFileException e) {
        throw new SwayException(
            FailureKind.NOT_FOUND,
            file + ": there is no such file, and it is no run's id, which is 12 hexadecimal digits",
            e);
      } catch (SwayException e) {
        throw e;
      } catch (IOException e) {
        throw Failures.storage(file, e);
      }
    };
  }

  /// The trace in `in`, which stays open.
  public static TraceSource of(InputStream in) {
    return () -> read(in);
  }

  private static Trace read(InputStream in) throws IOException {
    return TraceReader.read(in, "on the standard input");
  }
}
