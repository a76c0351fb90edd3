package dev.sway.lazyfsd.run;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The cgroups of runs, in every hierarchy there is: version 2, version 1, or both.
final class Cgroups {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /// How long to wait for killed processes to end, 20 ms each. One that waits for a part of its
  /// image does not end before that comes or fails: see
  /// [dev.sway.lazyfsd.source.SourceConfig#readDeadline].
  private static final int ATTEMPTS = 2000;

  private Cgroups() {}

  /// Kills what still runs in the run's cgroups and removes them; runc does that itself unless it
  /// was killed.
  static void remove(RunId id) throws IOException {
    remove(ROOT.resolve(id.cgroup().substring(1)));
    try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
      for (Path hierarchy : hierarchies) {
        remove(hierarchy.resolve(id.cgroup().substring(1)));
      }
    }
  }

  private static void remove(Path cgroup) throws IOException {
    for (int attempt = 0; Files.isDirectory(cgroup); attempt++) {
      kill(cgroup);
      // Not Files.delete: a cgroup is removed by rmdir though it "contains" its control files.
      if (!cgroup.toFile().delete() && attempt == ATTEMPTS) {
        throw new IOException(cgroup + " cannot be removed: processes in it do not end");
      }
      if (attempt > 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  private static void kill(Path cgroup) throws IOException {
    Path processes = cgroup.resolve("cgroup.procs");
    if (!Files.exists(processes)) {
      return;
    }
    List<String> ids;
    try {
      ids = Files.readAllLines(processes);
    } catch (IOException e) {
      if (Files.exists(processes)) {
        throw e;
      }
      // Somebody else, such as runc, has removed the cgroup meanwhile.
      return;
    }
    for (String line : ids) {
      ProcessHandle.of(Long.parseLong(line.strip())).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
