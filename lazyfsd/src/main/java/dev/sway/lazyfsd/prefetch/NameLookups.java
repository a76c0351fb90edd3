package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/// Looks names up in a mount, and lists directories, so that the kernel knows them and the inodes
/// that they lead to. Thread-safe.
final class NameLookups {
  private final byte[] root;
  private final Course course;

  /// @param point where the image is mounted
  NameLookups(Path point, Course course) {
    this.root = point.toString().getBytes(StandardCharsets.UTF_8);
    this.course = course;
  }

  /// Looks up all of `files`, unless it is cancelled meanwhile.
  void lookUp(List<PrefetchPlan.File> files) {
    for (PrefetchPlan.File file : files) {
      if (course.isCancelled()) {
        course.cutOff();
        return;
      }
      if (lookUp(file) && file.listed()) {
        list(file);
      }
    }
  }

  /// Has the kernel know all that is in a directory: it keeps a listing that went to the end.
  private void list(PrefetchPlan.File file) {
    String path = new String(path(file), StandardCharsets.UTF_8);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(path))) {
      for (Path _ : entries) {
        if (course.isCancelled()) {
          return;
        }
      }
    } catch (IOException | DirectoryIteratorException | InvalidPathException e) {
      // Whoever lists it finds out why.
    }
  }

  /// Looks up one; answers whether it is there.
  boolean lookUp(PrefetchPlan.File file) {
    return FileFacts.exist(path(file));
  }

  private byte[] path(PrefetchPlan.File file) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(root);
    for (ByteName name : file.names()) {
      path.write('/');
      path.writeBytes(name.bytes());
    }
    return path.toByteArray();
  }
}
