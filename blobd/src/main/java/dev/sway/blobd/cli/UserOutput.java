package dev.sway.blobd.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The user's standard output, which knows why it could not be written. A [PrintStream] knows only
/// that it could not, and says so to nobody who does not ask.
public final class UserOutput extends PrintStream {
  private final First first;

  private UserOutput(First first, Charset charset) {
    super(new BufferedOutputStream(first), true, charset);
    this.first = first;
  }

  /// That of this process.
  static UserOutput ofProcess() {
    return of(new FileOutputStream(FileDescriptor.out), System.out.charset());
  }

  /// One that ends in `out`.
  public static UserOutput of(OutputStream out, Charset charset) {
    return new UserOutput(new First(out), charset);
  }

  /// Why something could not be written, if that was so.
  Optional<IOException> failure() {
    return Optional.ofNullable(first.failure);
  }

  /// Remembers the first failure.
  private static final class First extends FilterOutputStream {
    private volatile @Nullable IOException failure;

    First(OutputStream out) {
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
        if (failure == null) {
          failure = e;
        }
        throw e;
      }
    }
  }
}
