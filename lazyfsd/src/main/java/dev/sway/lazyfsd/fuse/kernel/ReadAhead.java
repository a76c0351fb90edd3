package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.fuse.ReadAheadSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// How far the kernel reads ahead in the files of a mount.
///
/// What a server answers at INIT can only lower it, so it is set where an administrator would: in
/// the mount's backing device information, `/sys/class/bdi/MAJOR:MINOR/read_ahead_kb`.
final class ReadAhead {
  private static final System.Logger LOG = System.getLogger(ReadAhead.class.getName());
  private static final Path DEVICES = Path.of("/sys/class/bdi");

  private final Path file;

  private ReadAhead(Path file) {
    this.file = file;
  }

  /// That of the mount with this device number.
  static ReadAhead of(long device) {
    long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >> 12) & ~0xffL);
    return new ReadAhead(DEVICES.resolve(major + ":" + minor).resolve("read_ahead_kb"));
  }

  /// Sets it. Where the kernel does not let it, which is logged, it stays as it is.
  void set(ReadAheadSize size) {
    try {
      Files.write(
          file,
          Integer.toString(size.kib()).getBytes(StandardCharsets.US_ASCII),
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "read-ahead stays as it is: {0}", e.toString());
    }
  }
}
