package dev.sway.blobd.cli;

import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// The log of a server: warnings and worse, its own and those of the libraries it is made of, one
/// line each on stderr.
public final class ProgramLog {
  private ProgramLog() {}

  /// From now on `java.util.logging` writes to the program's stderr, as `NAME: message (cause)`.
  /// Stack traces appear in debug mode only. What a library says again and again, such as once for
  /// each connection that somebody breaks, appears once a minute.
  public static void install(Program program) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(new Lines(program));
  }

  private static final class Lines extends Handler {
    /// Whose own lines are not too many.
    private static final String OURS = "dev.sway.";

    private final Program program;
    private final RepeatedLines libraries = new RepeatedLines();

    Lines(Program program) {
      this.program = program;
      setFormatter(new Plain());
    }

    @Override
    public void publish(LogRecord record) {
      if (!isLoggable(record)) {
        return;
      }
      Throwable thrown = record.getThrown();
      String line =
          Program.printable(
              program.name()
                  + ": "
                  + getFormatter().format(record)
                  + (thrown == null
                      ? ""
                      : " (" + String.valueOf(thrown).lines().findFirst().orElse("") + ")"));
      Optional<String> said =
          program.debug() || String.valueOf(record.getLoggerName()).startsWith(OURS)
              ? Optional.of(line)
              : libraries.next(line, System.nanoTime());
      said.ifPresent(program.err()::println);
      if (thrown != null && program.debug()) {
        thrown.printStackTrace(program.err());
      }
    }

    @Override
    public void flush() {
      program.err().flush();
    }

    @Override
    public void close() {
      flush();
    }
  }

  private static final class Plain extends Formatter {
    @Override
    public String format(LogRecord record) {
      return formatMessage(record).lines().findFirst().orElse("");
    }
  }
}
