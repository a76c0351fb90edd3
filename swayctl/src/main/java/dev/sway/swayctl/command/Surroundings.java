package dev.sway.swayctl.command;

import dev.sway.blobd.cli.Program;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What surrounds a call of swayctl: everything that a command sees of its process.
///
/// @param program the terminal, for text
/// @param environment the variables
/// @param folder the current folder, absolute
/// @param in the standard input
/// @param out the standard output, for bytes; unbuffered
/// @param err the standard error, for bytes; unbuffered
/// @param terminal whether the standard error is a terminal that can rewrite a line
public record Surroundings(
    Program program,
    Map<String, String> environment,
    Path folder,
    InputStream in,
    OutputStream out,
    OutputStream err,
    boolean terminal) {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  /// Those of this process.
  public static Surroundings ofProcess() {
    return new Surroundings(
        Program.named("swayctl"),
        System.getenv(),
        Path.of("").toAbsolutePath(),
        System.in,
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        isTerminal());
  }

  /// `path` as the user means it, from the current folder.
  Path resolve(Path path) {
    return folder.resolve(path).normalize();
  }

  /// Java tells only whether input and output are a terminal, not whether the error stream is.
  private static boolean isTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String device = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // No such file system here: plain lines are right everywhere.
      return false;
    }
  }
}
