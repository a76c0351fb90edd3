package dev.sway.lazyfsd.run;

import java.nio.file.Path;

/// Where a worker keeps what belongs to runs. The one place that knows these paths.
///
/// @param state the worker's state folder, absolute and without symbolic links, as the kernel lists
///   it
public record RunLayout(Path state) {
  /// One folder for each run.
  Path runs() {
    return state.resolve("runs");
  }

  /// The images' mount points.
  public Path mounts() {
    return state.resolve("mounts");
  }

  /// runc's own records of containers.
  Path runcRoot() {
    return state.resolve("runc");
  }

  /// What is rehearsed has its caches there.
  public Path rehearsal() {
    return state.resolve("rehearsal");
  }

  /// The folder of one run.
  Run of(RunId id) {
    return new Run(runs().resolve(id.text()));
  }

  /// The paths of one run.
  ///
  /// @param folder which holds them
  record Run(Path folder) {
    /// The run's tmpfs.
    Path scratch() {
      return folder.resolve("scratch");
    }

    /// What the container writes.
    Path upper() {
      return scratch().resolve("upper");
    }

    /// overlayfs's own.
    Path work() {
      return scratch().resolve("work");
    }

    /// The overlay: the container's root.
    Path rootfs() {
      return folder.resolve("rootfs");
    }

    /// runc's configuration.
    Path config() {
      return folder.resolve("config.json");
    }

    /// The run's script; only inside the container has it the name that the user gave.
    Path script() {
      return folder.resolve("script");
    }

    /// The container's `/etc/hosts`.
    Path hosts() {
      return folder.resolve("hosts");
    }

    /// The container's `/etc/hostname`.
    Path hostname() {
      return folder.resolve("hostname");
    }

    /// Written by runc once the container's process runs.
    Path pid() {
      return folder.resolve("pid");
    }

    /// What runc complains of, as JSON lines.
    Path log() {
      return folder.resolve("runc.log");
    }
  }
}
