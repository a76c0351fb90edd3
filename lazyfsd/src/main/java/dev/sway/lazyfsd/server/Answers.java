package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;

/// How failures are put to clients.
final class Answers {
  private Answers() {}

  /// The same failure without its cause. Helidon takes one whose cause is a socket's for that of
  /// the client's connection, and closes it without an answer: a blobd that is down is another
  /// socket's.
  static SwayException answerable(SwayException failure) {
    SwayException answerable = new SwayException(failure.kind(), failure.getMessage());
    answerable.addSuppressed(failure);
    return answerable;
  }

  /// A fault's particulars are the operator's, who has been told.
  static String message(Program program, SwayException failure) {
    return failure.kind() == FailureKind.INTERNAL
        ? "internal fault; " + program.name() + "'s log says more"
        : failure.getMessage();
  }
}
