package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A folder of the store. What it throws is of kind `storage` and names the folder or the file.
///
/// @param path where it is, if it is there
record Folder(Path path) {
  /// What is in it, in no order; nothing where it is not there.
  List<Path> files() throws SwayException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(path)) {
      found.forEach(files::add);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw Failures.storage(path, Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw Failures.storage(path, e);
    }
    return List.copyOf(files);
  }

  /// Removes some of its files, which need not be there, and makes that durable.
  void delete(List<Path> files) throws SwayException {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw Failures.storage(file, e);
      }
    }
    if (!files.isEmpty()) {
      PendingFile.sync(path);
    }
  }
}
