package dev.sway.lazyfsd.source.http;

import java.io.IOException;

/// A range that a server did not give. The message says why in a few words, without the server's
/// name.
public final class RangeFailure extends IOException {
  private final Blame blame;

  /// A failure that this side found.
  public RangeFailure(Blame blame, String message) {
    super(message);
    this.blame = blame;
  }

  /// A request that failed with `cause`.
  public RangeFailure(String message, Throwable cause) {
    super(message, cause);
    blame = Blame.CONNECTION;
  }

  /// What it says about the server.
  public Blame blame() {
    return blame;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
