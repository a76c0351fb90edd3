package dev.sway.lazyfsd.cache;

import dev.sway.lazyfsd.linux.NativeFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Holes in one file, each of which is punched also where the disk has a bad place in another. For
/// one thread.
final class Holes {
  private final NativeFile file;
  private @Nullable IOException failure;

  Holes(NativeFile file) {
    this.file = file;
  }

  /// Gives the disk back what `from..to` takes, if that can be done.
  void punch(long from, long to) {
    try {
      file.punch(from, to - from);
    } catch (IOException e) {
      failure = e;
    }
  }

  /// To be called after the last.
  ///
  /// @throws IOException where one could not be punched
  void finish() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }
}
