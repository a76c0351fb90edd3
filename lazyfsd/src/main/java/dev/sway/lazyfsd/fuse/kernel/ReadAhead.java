package dev.sway.lazyfsd.fuse.kernel;

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
  private static final int KIB = 4096;

  private ReadAhead() {}

  /// Raises it for the mount with this device number. Where the kernel does not let it, which is
  /// logged, reading goes on in smaller steps.
  static void raise(long device) {
    long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >> 12) & ~0xffL);
    Path file = DEVICES.resolve(major + ":" + minor).resolve("read_ahead_kb");
    try {
      Files.write(
          file,
          Integer.toString(KIB).getBytes(StandardCharsets.US_ASCII),
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "read-ahead stays as it is: {0}", e.toString());
    }
  }
}
