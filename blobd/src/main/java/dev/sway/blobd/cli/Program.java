package dev.sway.blobd.cli;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// One of sway's programs on a terminal: runs a picocli command and turns whatever it throws into
/// one line on stderr and an exit code.
///
/// A failure prints `NAME: message` and ends with its kind's exit code, or with what the command's
/// [ExitCodes] say. A wrong command line prints one line that ends in `try 'NAME --help'` and ends
/// with 2. A stack trace is printed only in debug mode.
///
/// @param name as the user calls it
/// @param out where results go
/// @param err where failures go
/// @param debug whether a failure prints its stack trace too
public record Program(String name, PrintStream out, PrintStream err, boolean debug) {
  /// What a shell reports of a program that SIGPIPE ended.
  public static final int BROKEN_PIPE = 141;

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /// This process as the program `name`; the environment variable `SWAY_DEBUG=1` turns debug mode
  /// on.
  public static Program named(String name) {
    return new Program(
        name, UserOutput.ofProcess(), System.err, "1".equals(System.getenv("SWAY_DEBUG")));
  }

  /// The version in the manifest of the jar that `type` comes from, `development` outside a jar.
  public static String version(Class<?> type) {
    Package home = type.getPackage();
    String version = home == null ? null : home.getImplementationVersion();
    return version == null ? "development" : version;
  }

  /// Runs `command`, an object or class annotated with `@Command`, and returns the exit code.
  public int run(Object command, String... arguments) {
    return run(new CommandLine(command), arguments);
  }

  /// Runs a command line that the caller has configured further, and returns the exit code.
  public int run(CommandLine line, String... arguments) {
    Charset terminal = out.charset();
    Class<?> type = line.getCommandSpec().userObject().getClass();
    line.setCommandName(name);
    line.getCommandSpec().versionProvider(() -> new String[] {name + " " + version(type)});
    line.setExpandAtFiles(false);
    line.setOut(new PrintWriter(out, true, terminal));
    line.setErr(new PrintWriter(err, true, err.charset()));
    line.setParameterExceptionHandler((thrown, _) -> misused(thrown));
    line.setExecutionExceptionHandler((thrown, failed, _) -> failed(thrown, failed));
    try {
      int code = line.execute(arguments);
      out.flush();
      return code == 0 ? written() : code;
    } catch (Throwable thrown) {
      return failed(thrown, line);
    } finally {
      out.flush();
      err.flush();
    }
  }

  /// The exit code of what has succeeded, if what it printed has arrived.
  private int written() {
    Optional<IOException> failure =
        out instanceof UserOutput user ? user.failure() : Optional.empty();
    if (failure.isEmpty()) {
      return 0;
    }
    if (Failures.isBrokenPipe(failure.get())) {
      // Nobody is left to tell.
      return BROKEN_PIPE;
    }
    return report(Failures.unwritable("the standard output", failure.get())).kind().exitCode();
  }

  /// `text` without what a terminal would not print but do: file names and messages of others may
  /// have that.
  static String printable(String text) {
    return CONTROL.matcher(text).replaceAll("?");
  }

  /// Prints the one line of `thrown`, with its stack trace in debug mode, and returns its failure.
  public SwayException report(Throwable thrown) {
    SwayException failure = Failures.of(thrown);
    err.println(name + ": " + printable(String.valueOf(failure.getMessage())));
    if (debug) {
      thrown.printStackTrace(err);
    }
    return failure;
  }

  private int failed(Throwable thrown, CommandLine line) {
    return exitCode(report(thrown).kind(), line);
  }

  private int misused(ParameterException thrown) {
    CommandLine line = thrown.getCommandLine();
    String message =
        thrown instanceof UnmatchedArgumentException unmatched
            ? unmatched(unmatched, line)
            : String.valueOf(thrown.getMessage())
                .lines()
                .map(String::strip)
                .reduce((a, b) -> a + " " + b)
                .orElse("wrong arguments");
    err.println(
        "%s: %s; try '%s --help'"
            .formatted(name, printable(message), line.getCommandSpec().qualifiedName()));
    return exitCode(FailureKind.USAGE, line);
  }

  private static String unmatched(UnmatchedArgumentException thrown, CommandLine line) {
    String first = thrown.getUnmatched().getFirst();
    String what =
        thrown.isUnknownOption()
            ? "there is no option '%s'"
            : line.getSubcommands().isEmpty()
                ? "'%s' is one argument too many"
                : "there is no command '%s'";
    List<String> similar = thrown.getSuggestions();
    String hint = similar.isEmpty() ? "" : "; did you mean '" + similar.getFirst() + "'?";
    return what.formatted(first) + hint;
  }

  private static int exitCode(FailureKind kind, CommandLine line) {
    Object command = line.getCommandSpec().userObject();
    return command instanceof ExitCodes codes ? codes.exitCode(kind) : kind.exitCode();
  }
}
