package dev.sway.formats.layer;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much temporary disk space what is compressed in an archive may take: a few megabytes can
/// hold as much as any disk has, and a disk that is full hurts every other program on it.
///
/// @param folder on the disk
/// @param bytes that may be written
public record DiskAllowance(Path folder, long bytes) {
  /// Nine tenths of what is free on the disk of `folder` now.
  public static DiskAllowance of(Path folder) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    return new DiskAllowance(folder, free - free / 10);
  }

  /// Checks what is about to be written.
  ///
  /// @param needed bytes in all, those written before included
  /// @param what names them in the error
  /// @throws SwayException of kind `storage` where that is more than allowed
  public void require(long needed, String what) throws SwayException {
    if (needed > bytes) {
      throw new SwayException(
          FailureKind.STORAGE,
          "%s: decompressed, it takes %d bytes or more, but only %d may be written to %s (nine tenths of what was free); make room, or set TMPDIR"
              .formatted(what, needed, bytes, folder));
    }
  }
}
