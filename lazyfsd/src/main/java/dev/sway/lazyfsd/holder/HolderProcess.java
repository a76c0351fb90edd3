package dev.sway.lazyfsd.holder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Starts a holder as a process of its own: this program's JDK and classes with flags that make it
/// small, which are in `.launch/holder.options`.
///
/// @param options the file with the flags
public record HolderProcess(Path options) implements HolderLauncher {
  private static final int MAX_REASON = 400;

  /// The holder of the installation that the launcher has started this program from.
  ///
  /// @throws SwayException of kind `usage` where it was started by something else
  public static HolderProcess ofThisProgram() throws SwayException {
    String root = System.getProperty("sway.root");
    if (root == null) {
      throw new SwayException(
          FailureKind.USAGE,
          "the system property sway.root is not set; start this program by its launcher, lazyfsd/bin/lazyfsd");
    }
    return new HolderProcess(Path.of(root, ".launch", "holder.options"));
  }

  @Override
  public void start(Path state) throws IOException {
    PrivateFolder.open(HolderProtocol.folder(state));
    File log = HolderProtocol.log(state).toFile();
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "@" + options,
                    "-cp",
                    System.getProperty("java.class.path"),
                    HolderMain.class.getName(),
                    state.toString()))
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectError(log)
            .directory(new File("/"));
    Map<String, String> environment = builder.environment();
    // Tokens are no business of a process that asks nobody for anything.
    environment.keySet().retainAll(List.of("PATH", "LC_ALL"));
    Process holder = builder.start();
    String line;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
      line = out.readLine();
    }
    if (!HolderMain.READY.equals(line)) {
      holder.destroyForcibly();
      throw new SwayException(
          FailureKind.INTERNAL,
          "the holder of %s does not start: %s".formatted(state, reason(log, line)));
    }
  }

  private static String reason(File log, @Nullable String line) throws IOException {
    String said = Files.readString(log.toPath()).strip();
    String reason = said.isEmpty() ? String.valueOf(line) : said.lines().toList().getLast();
    return reason.substring(0, Math.min(MAX_REASON, reason.length()));
  }
}
