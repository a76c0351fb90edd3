package dev.sway.lazyfsd.fuse;

import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// What ends a FUSE connection under its users: they get errors, and its server's reads end
/// (`/sys/fs/fuse/connections/N/abort`, fuse.rst in the kernel's documentation).
///
/// It is taken while the connection exists for sure. Once that is gone, its number may be another
/// connection's; the open file is then nobody's, and pressing it does nothing. Belongs to one
/// thread.
public final class AbortSwitch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AbortSwitch.class.getName());
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

  private final String connection;
  private final @Nullable FileChannel file;

  private AbortSwitch(String connection, @Nullable FileChannel file) {
    this.connection = connection;
    this.file = file;
  }

  /// The switch of the connection with this number, which exists. Where the kernel does not give
  /// it, which is logged, pressing it does nothing.
  public static AbortSwitch of(String connection) {
    try {
      if (Files.exists(CONNECTIONS.resolve(connection))) {
        return new AbortSwitch(connection, open(CONNECTIONS, connection));
      }
      // Containers often come without this file system; who may mount FUSE may mount it too.
      Path own = Files.createTempDirectory("sway-fusectl");
      try {
        SystemCalls.mount("fusectl", own, "fusectl", 0, "");
        try {
          return new AbortSwitch(connection, open(own, connection));
        } finally {
          SystemCalls.unmount(own, true);
        }
      } finally {
        Files.delete(own);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "FUSE connection {0} cannot be aborted, its users must end by themselves: {1}",
          connection,
          e.getMessage());
      return new AbortSwitch(connection, null);
    }
  }

  private static FileChannel open(Path connections, String connection) throws IOException {
    return FileChannel.open(
        connections.resolve(connection).resolve("abort"), StandardOpenOption.WRITE);
  }

  /// Ends the connection.
  public void press() {
    if (file == null) {
      return;
    }
    try {
      file.write(ByteBuffer.wrap(new byte[] {'1'}));
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot abort FUSE connection {0}: {1}",
          connection,
          e.getMessage());
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot close {0}: {1}", connection, e.getMessage());
      }
    }
  }
}
