package dev.sway.swayctl.command;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.swayctl.export.CleanUp;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// The file that `--output` names. It appears when it is complete, and replaces another. What is
/// there and no file, such as a pipe or a device, is written to.
///
/// @param file where it is to be, behind symbolic links
/// @param partial where it is until then
record OutputFile(Path file, Path partial) {
  private static final int BUFFER = 1 << 18;

  /// Writes what is to be in the file.
  @FunctionalInterface
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  /// The file that the user in `surroundings` calls `name`.
  ///
  /// @param option that names it, for errors
  /// @throws SwayException of kind `usage` where that is a folder
  static OutputFile of(Surroundings surroundings, String option, String name) throws SwayException {
    Path file = surroundings.resolve(Path.of(name));
    Path folder = file.getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new SwayException(
          FailureKind.USAGE, option + ": " + file + " is a folder; give a file");
    }
    Path real = file;
    try {
      real = Files.exists(file) && !isSpecial(file) ? file.toRealPath() : file;
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    return new OutputFile(
        real, real.resolveSibling("." + real.getFileName() + "." + UUID.randomUUID()));
  }

  private static boolean isSpecial(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file);
  }

  /// Writes the file, of which nothing is left where that fails.
  void write(CleanUp cleanUp, Content content) throws IOException {
    if (isSpecial(file)) {
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.WRITE), BUFFER)) {
        content.write(out);
      } catch (IOException e) {
        throw Failures.storage(file, e);
      }
      return;
    }
    cleanUp.defer(() -> Files.deleteIfExists(partial));
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            BUFFER)) {
      content.write(out);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      written.force(true);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }
}
