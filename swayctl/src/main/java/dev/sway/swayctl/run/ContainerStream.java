package dev.sway.swayctl.run;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// One of the user's streams, which gets what a container writes, unchanged. Not thread-safe.
///
/// @see BrokenPipeException
public final class ContainerStream extends FilterOutputStream {
  private boolean atLineStart = true;

  /// @param out the user's stream, without a buffer
  public ContainerStream(OutputStream out) {
    super(out);
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
      throw String.valueOf(e.getMessage()).contains("Broken pipe") ? new BrokenPipeException(e) : e;
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
