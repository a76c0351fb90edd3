package dev.sway.lazyfsd.rehearsal;

/// Ends what is rehearsed, because a run begins or the worker ends.
final class UnwantedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnwantedException() {
    super("not now");
  }

  /// Something that throws this once it is time.
  @FunctionalInterface
  interface Check {
    void run();
  }
}
