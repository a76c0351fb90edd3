package dev.sway.testapps;

import java.io.IOException;
import java.nio.file.Path;

/// Ordinary programs of the machine that tests use.
final class Shell {
  private Shell() {}

  /// Runs a bash script in `folder`, which must succeed; `arguments` are its `$1`, `$2`...
  static Finished bash(Path folder, String script, Object... arguments)
      throws IOException, InterruptedException {
    return tryBash(folder, script, arguments).expect(0);
  }

  /// Runs a bash script in `folder`, which may fail.
  static Finished tryBash(Path folder, String script, Object... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script, "bash")
            .directory(folder.toFile());
    for (Object argument : arguments) {
      builder.command().add(argument.toString());
    }
    builder.environment().put("LC_ALL", "C");
    try (Child child = Child.start(builder)) {
      return child.await();
    }
  }
}
