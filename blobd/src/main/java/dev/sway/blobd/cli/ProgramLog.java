package dev.sway.blobd.cli;

import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// The log of a server: warnings and worse of the libraries it is made of, one line each on stderr.
public final class ProgramLog {
  private ProgramLog() {}

  /// From now on `java.util.logging` writes to the program's stderr, as `NAME: message (cause)`.
  /// Stack traces appear in debug mode only.
  public static void install(Program program) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(new Lines(program));
  }

  private static final class Lines extends Handler {
    private final Program program;

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
      program
          .err()
          .println(
              program.name()
                  + ": "
                  + getFormatter().format(record)
                  + (thrown == null
                      ? ""
                      : " (" + String.valueOf(thrown).lines().findFirst().orElse("") + ")"));
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
