package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Looks names up in a mount, so that the kernel knows them and the inodes that they lead to.
/// Thread-safe.
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
      var _ = lookUp(file);
    }
  }

  /// Looks up one; answers whether it is there.
  boolean lookUp(PrefetchPlan.File file) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(root);
    for (ByteName name : file.names()) {
      path.write('/');
      path.writeBytes(name.bytes());
    }
    return FileFacts.exist(path.toByteArray());
  }
}
