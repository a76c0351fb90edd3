package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.DirectoryScan;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Looks names up in a mount, and lists directories, so that the kernel knows them and the inodes
/// that they lead to. Thread-safe.
final class NameLookups {
  private final Path point;
  private final Course course;

  /// @param point where the image is mounted
  NameLookups(Path point, Course course) {
    this.point = point;
    this.course = course;
  }

  /// Looks up all of `files`, unless it is cancelled meanwhile.
  void lookUp(List<PrefetchPlan.File> files) {
    try (DirectoryScan scan = DirectoryScan.of(point)) {
      for (PrefetchPlan.File file : files) {
        if (course.isCancelled()) {
          course.cutOff();
          return;
        }
        if (lookUp(file) && file.listed()) {
          list(scan, file);
        }
      }
    } catch (IOException e) {
      course.failed(e);
    }
  }

  /// Has the kernel know all that is in a directory: it keeps a listing that went to the end.
  private void list(DirectoryScan scan, PrefetchPlan.File file) {
    try {
      scan.list(path(new byte[0], file), () -> !course.isCancelled(), (_, _) -> {});
    } catch (IOException e) {
      // Whoever lists it finds out why.
    }
  }

  /// Looks up one; answers whether it is there.
  boolean lookUp(PrefetchPlan.File file) {
    return FileFacts.exist(path((point + "/").getBytes(StandardCharsets.UTF_8), file));
  }

  private static byte[] path(byte[] before, PrefetchPlan.File file) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(before);
    String slash = "";
    for (ByteName name : file.names()) {
      path.writeBytes(slash.getBytes(StandardCharsets.US_ASCII));
      path.writeBytes(name.bytes());
      slash = "/";
    }
    return path.toByteArray();
  }
}
