package dev.sway.lazyfsd.rehearsal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A root file system with the kinds of files that a start reads: some that are large, as libraries
/// are, many that are small, as modules are, links, and many that are empty.
final class RehearsalTree {
  private static final int LARGE = 30;
  private static final int LARGE_BYTES = 300_000;
  private static final int SMALL = 270;
  private static final int SMALL_BYTES = 10_000;

  /// How many of them have content.
  static final int FILES = LARGE + SMALL;

  private static final int EMPTY = 300;
  private static final int FOLDERS = 40;

  /// Every so many bytes one is new; others are as they were a little before. It makes zstd's work
  /// about what programs make it.
  private static final int NEW_BYTE = 4;

  private static final int BEFORE = 17;
  private static final int SEED = 20_261_129;

  private RehearsalTree() {}

  /// Writes it into `folder`, which is empty.
  ///
  /// @param check is called now and then
  static void write(Path folder, UnwantedException.Check check) throws IOException {
    Random random = new Random(SEED);
    Files.writeString(
        Files.createDirectory(folder.resolve("etc")).resolve("passwd"),
        "root:x:0:0:root:/root:/bin/sh\n",
        StandardCharsets.US_ASCII);
    for (int i = 0; i < FOLDERS; i++) {
      Files.createDirectories(folder(folder, i));
    }
    for (int i = 0; i < FILES; i++) {
      check.run();
      Path file = folder(folder, i).resolve("file" + i);
      Files.write(file, content(random, i < LARGE ? LARGE_BYTES : SMALL_BYTES));
      Files.createSymbolicLink(file.resolveSibling("link" + i), file.getFileName());
    }
    for (int i = 0; i < EMPTY; i++) {
      Files.createFile(folder(folder, i).resolve("empty" + i));
    }
  }

  private static Path folder(Path root, int i) {
    return root.resolve("usr/lib/package" + i % FOLDERS);
  }

  private static byte[] content(Random random, int bytes) {
    byte[] content = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      content[i] =
          i < BEFORE || random.nextInt(NEW_BYTE) == 0
              ? (byte) random.nextInt()
              : content[i - BEFORE];
    }
    return content;
  }
}
