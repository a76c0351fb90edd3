package dev.sway.lazyfsd.source.http;

/// What a request that failed says about the server that it was sent to.
public enum Blame {
  /// It cannot be reached, or is not well: later it may be.
  CONNECTION,
  /// It says that it has nothing of this blob.
  ABSENT,
  /// It says that it does not have this range of the blob.
  ABSENT_RANGE,
  /// It does not have this blob in a way that is of use.
  BLOB,
  /// What it has of this range is not what it should be.
  RANGE,
  /// It wants another token.
  TOKEN
}
