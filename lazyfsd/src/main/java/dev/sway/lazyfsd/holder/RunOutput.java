package dev.sway.lazyfsd.holder;

/// What the holder tells of a run, in order.
public sealed interface RunOutput {
  /// Counts from 1; the same whenever it is told again.
  long number();

  /// Bytes that the process wrote.
  ///
  /// @param stream 1 for stdout, 2 for stderr
  record Piece(long number, int stream, byte[] bytes) implements RunOutput {}

  /// The process has ended and nothing follows.
  ///
  /// @param exitCode its own
  record Last(long number, int exitCode) implements RunOutput {}
}
