package dev.sway.swayctl.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// One of the user's streams, which gets what a container writes, unchanged. Not thread-safe.
///
/// @see BrokenPipeException
public final class ContainerStream extends FilterOutputStream {
  private final String name;
  private boolean atLineStart = true;

  private ContainerStream(String name, OutputStream out) {
    super(out);
    this.name = name;
  }

  /// The user's standard output.
  ///
  /// @param out without a buffer
  public static ContainerStream output(OutputStream out) {
    return new ContainerStream("the standard output", out);
  }

  /// The user's standard error.
  ///
  /// @param err without a buffer
  public static ContainerStream error(OutputStream err) {
    return new ContainerStream("the standard error", err);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      throw why.contains("Broken pipe")
          ? new BrokenPipeException(e)
          : new SwayException(
              FailureKind.STORAGE,
              "%s cannot be written: %s; send it somewhere else".formatted(name, why),
              e);
    }
    if (length > 0) {
      atLineStart = bytes[offset + length - 1] == '\n';
    }
  }

  /// Ends a line that the container left open, so that a line of ours can follow.
  public void endLine() throws IOException {
    if (!atLineStart) {
      write('\n');
    }
  }
}
