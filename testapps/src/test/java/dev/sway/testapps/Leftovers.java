package dev.sway.testapps;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// Looks for what programs under test have left behind: mounts below a folder, containers, cgroups,
/// folders of runs, processes.
final class Leftovers {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path folder;
  private final Set<Path> cgroupsBefore;

  /// @param folder below which everything under test lies
  Leftovers(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    this.cgroupsBefore = cgroups();
  }

  /// What of runs is there: empty once the last one is over. Waits a moment for that.
  List<String> ofRuns() throws IOException {
    return settled(this::runs);
  }

  /// What is there at all: empty once every program under test has ended. Waits a moment for that.
  List<String> all() throws IOException {
    return settled(() -> {
      List<String> found = runs();
      mounts().forEach(mount -> found.add("mount " + mount));
      found.addAll(processes());
      return found;
    });
  }

  @FunctionalInterface
  private interface Look {
    List<String> look() throws IOException;
  }

  private static List<String> settled(Look look) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    List<String> found = look.look();
    while (!found.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      found = look.look();
    }
    return found;
  }

  private List<String> runs() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path mount : mounts()) {
      if (mount.toString().contains("/runs/")) {
        found.add("mount " + mount);
      }
    }
    try (Stream<Path> files = Files.find(folder, 3, (path, _) -> isOfRun(path))) {
      files.forEach(path -> found.add("folder " + path));
    }
    for (Path cgroup : cgroups()) {
      if (!cgroupsBefore.contains(cgroup) && isOurs(cgroup)) {
        found.add("cgroup " + cgroup);
      }
    }
    return found;
  }

  /// `STATE/runs/ID` and `STATE/runc/ID`.
  private static boolean isOfRun(Path path) {
    Path parent = path.getParent();
    String in = parent == null ? "" : String.valueOf(parent.getFileName());
    return (in.equals("runs") || in.equals("runc"))
        && String.valueOf(path.getFileName()).matches("[0-9a-f]{12}");
  }

  /// The mounts below the folder, the latest first.
  List<Path> mounts() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String line :
        Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)
            .split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      if (fields.length > 5 && Path.of(fields[4]).startsWith(folder)) {
        found.addFirst(Path.of(fields[4]));
      }
    }
    return found;
  }

  private static Set<Path> cgroups() throws IOException {
    Set<Path> found = new HashSet<>();
    try (Stream<Path> folders =
        Files.find(
            CGROUPS, 2, (path, _) -> path.getFileName().toString().matches("sway-[0-9a-f]{12}"))) {
      folders.forEach(found::add);
    }
    return found;
  }

  /// Whether a cgroup may belong to the folder: one with processes that belong elsewhere does not.
  private boolean isOurs(Path cgroup) {
    try {
      List<String> processes = Files.readAllLines(cgroup.resolve("cgroup.procs"));
      for (String process : processes) {
        if (Files.readString(Path.of("/proc", process, "mountinfo"), StandardCharsets.ISO_8859_1)
            .contains(folder.toString())) {
          return true;
        }
      }
      return processes.isEmpty();
    } catch (IOException e) {
      // It, or a process in it, is just ending.
      return Files.exists(cgroup);
    }
  }

  /// Processes that name the folder.
  private List<String> processes() {
    List<String> found = new ArrayList<>();
    naming()
        .forEach(process -> {
          String line = process.info().commandLine().orElse("");
          if (process.isAlive()) {
            found.add("process " + process.pid() + " " + line);
          }
        });
    return found;
  }

  private Stream<ProcessHandle> naming() {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()));
  }

  /// Takes away by force what hangs, so that a failed test does not block what comes after it.
  void clear() throws IOException, InterruptedException {
    for (Path cgroup : cgroups()) {
      if (!cgroupsBefore.contains(cgroup) && isOurs(cgroup)) {
        for (String process : Files.readAllLines(cgroup.resolve("cgroup.procs"))) {
          ProcessHandle.of(Long.parseLong(process)).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
    naming().forEach(ProcessHandle::destroyForcibly);
    for (Path mount : mounts()) {
      Shell.tryBash(Path.of("/"), "umount -l -- \"$1\"", mount);
    }
  }
}
