package dev.sway.swayctl.run;

import dev.sway.blobd.cli.Failures;
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
      throw Failures.isBrokenPipe(e) ? new BrokenPipeException(e) : Failures.unwritable(name, e);
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
