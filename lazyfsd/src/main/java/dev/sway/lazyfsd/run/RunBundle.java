package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.linux.OpenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// What runc and the container read of a run's folder.
final class RunBundle {
  private RunBundle() {}

  /// Writes it.
  static void write(RunLayout.Run layout, RunId id, ContainerProcess container) throws IOException {
    Files.write(layout.config(), RuntimeConfig.of(id, layout, container, OpenFiles.hardLimit()));
    Files.writeString(layout.hosts(), "127.0.0.1\tlocalhost %s\n::1\tlocalhost\n".formatted(id));
    Files.writeString(layout.hostname(), id + "\n");
    for (Path shown : new Path[] {layout.hosts(), layout.hostname()}) {
      Files.setPosixFilePermissions(shown, PosixFilePermissions.fromString("r--r--r--"));
    }
    if (container.script().isPresent()) {
      Files.write(layout.script(), container.script().get().content());
      Files.setPosixFilePermissions(layout.script(), PosixFilePermissions.fromString("r-xr-xr-x"));
    }
  }
}
