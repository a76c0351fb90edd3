package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The container engine, as a program. Thread-safe.
///
/// @param program its path
/// @param root the folder with its own records
record Runc(Path program, Path root) {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /// All the environment that it gets: nothing of the daemon's is the container's business, its
  /// token least of all.
  static final List<String> ENVIRONMENT = List.of("PATH=" + PATH);

  /// How long it may take to delete a container, whose processes are killed first.
  private static final long DELETE_SECONDS = 20;

  /// Finds runc on the PATH.
  ///
  /// @throws SwayException of kind `no-runc` where it is not installed
  static Runc find(Path root) throws SwayException {
    String path = System.getenv().getOrDefault("PATH", PATH);
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder, "runc");
      if (candidate.isAbsolute()
          && Files.isExecutable(candidate)
          && Files.isRegularFile(candidate)) {
        return new Runc(candidate, root);
      }
    }
    throw new SwayException(
        FailureKind.NO_RUNC,
        "runc is not in " + path + "; install it on the worker with 'apt-get install runc'");
  }

  /// The command that starts a container and stays in front of it: its process ends when the
  /// container does, with its exit code.
  List<String> command(RunId id, RunLayout.Run layout) {
    return command(
        "--log",
        layout.log().toString(),
        "--log-format",
        "json",
        "run",
        "--bundle",
        layout.folder().toString(),
        "--pid-file",
        layout.pid().toString(),
        id.text());
  }

  /// Whether runc keeps a record of the container: it is being made, it runs, or it was not
  /// removed.
  boolean knows(RunId id) {
    return Files.exists(root.resolve(id.text()));
  }

  /// Kills whatever the container has running, and removes it. Does nothing where there is no such
  /// container.
  void delete(RunId id) throws IOException {
    Process process =
        start(
            new ProcessBuilder(command("delete", "--force", id.text()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD));
    try {
      if (!process.waitFor(DELETE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new SwayException(
            FailureKind.RUN,
            "runc does not delete the container %s within %d s".formatted(id, DELETE_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while runc deletes " + id, e);
    }
  }

  private List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--root", root.toString()));
    command.addAll(List.of(words));
    return command;
  }

  private Process start(ProcessBuilder builder) throws SwayException {
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", PATH);
    try {
      return builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).start();
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.NO_RUNC,
          program + " cannot be executed: " + e.getMessage() + "; install runc on the worker",
          e);
    }
  }
}
