package dev.sway.formats.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lmdbjava.Env;
import org.lmdbjava.Meta;

/// Loads LMDB's native library so that no file of it stays: LMDB-Java unpacks it into a temporary
/// folder and removes it when the JVM ends in order, which a server that a signal ends does not.
final class LmdbLibrary {
  /// The property that tells LMDB-Java where to unpack it.
  private static final String EXTRACT_FOLDER = "lmdbjava.extract.dir";

  static {
    try {
      load();
    } catch (IOException e) {
      throw new UncheckedIOException("LMDB's library cannot be unpacked; make room", e);
    }
  }

  private LmdbLibrary() {}

  /// The builder of an environment.
  static Env.Builder<ByteBuffer> env() {
    return Env.create();
  }

  private static void load() throws IOException {
    Path folder = Files.createTempDirectory("sway-lmdb");
    System.setProperty(EXTRACT_FOLDER, folder.toString());
    // Whatever is asked for first loads it.
    Meta.version();
    System.clearProperty(EXTRACT_FOLDER);
    // Loaded, it needs no name.
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
