package dev.sway.swayctl.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// What changes whenever a file's content does, without reading it.
///
/// @param text path, device, inode, size, and both times to the nanosecond
record FileStamp(String text) {
  /// File systems count time in steps, of 10 ms at most on Linux's own and of 2 s on FAT. A file
  /// that has only just changed may change once more without a new time.
  static final Duration SETTLED = Duration.ofSeconds(2);

  /// The stamp of `file`; empty where the file is not settled at `now`, is gone, or is kept by a
  /// system that does not tell when a file changed.
  static Optional<FileStamp> of(Path file, Instant now) {
    try {
      Path real = file.toRealPath();
      Map<String, Object> found =
          Files.readAttributes(real, "unix:dev,ino,size,lastModifiedTime,ctime");
      if (!(found.get("ctime") instanceof FileTime changed)
          || changed.toInstant().plus(SETTLED).isAfter(now)) {
        return Optional.empty();
      }
      return Optional.of(
          new FileStamp(
              "%s dev=%s ino=%s size=%s mtime=%s ctime=%s"
                  .formatted(
                      real,
                      found.get("dev"),
                      found.get("ino"),
                      found.get("size"),
                      found.get("lastModifiedTime"),
                      changed)));
    } catch (IOException | UnsupportedOperationException e) {
      // Whoever opens the file says what is wrong with it.
      return Optional.empty();
    }
  }
}
