package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.DirectoryScan;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.SymbolicLinks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Looks names up in a mount, lists directories and reads symbolic links, so that the kernel knows
/// them and the inodes that they lead to. Thread-safe.
final class NameLookups {
  private static final byte[] NOTHING = {};

  private final Path point;
  private final byte[] beforeNames;
  private final boolean keepsLinks;
  private final Course course;

  /// @param point where the image is mounted
  /// @param keepsLinks whether the kernel remembers where links lead
  NameLookups(Path point, boolean keepsLinks, Course course) {
    this.point = point;
    this.keepsLinks = keepsLinks;
    beforeNames = (point + "/").getBytes(StandardCharsets.UTF_8);
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
        if (!lookUp(file)) {
          continue;
        }
        if (file.listed()) {
          list(scan, file);
        } else if (file.link() && keepsLinks) {
          SymbolicLinks.touch(path(beforeNames, file));
        }
      }
    } catch (IOException e) {
      course.failed(e);
    }
  }

  /// Has the kernel know all that is in a directory: it keeps a listing that went to the end.
  private void list(DirectoryScan scan, PrefetchPlan.File file) {
    try {
      scan.list(path(NOTHING, file), () -> !course.isCancelled(), (_, _) -> {});
    } catch (IOException e) {
      // Whoever lists it finds out why.
    }
  }

  /// Looks up one; answers whether it is there.
  boolean lookUp(PrefetchPlan.File file) {
    return FileFacts.exist(path(beforeNames, file));
  }

  private static byte[] path(byte[] before, PrefetchPlan.File file) {
    int length = before.length + Math.max(0, file.names().size() - 1);
    for (ByteName name : file.names()) {
      length += name.length();
    }
    byte[] path = Arrays.copyOf(before, length);
    int at = before.length;
    for (ByteName name : file.names()) {
      if (at > before.length) {
        path[at++] = '/';
      }
      at = name.copyTo(path, at);
    }
    return path;
  }
}
