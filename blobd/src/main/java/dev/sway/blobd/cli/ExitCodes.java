package dev.sway.blobd.cli;

import dev.sway.formats.failure.FailureKind;

/// Implemented by a command whose exit codes are not those of [FailureKind], such as one that keeps
/// docker's.
@FunctionalInterface
public interface ExitCodes {
  /// The exit code of this command where it fails so, 1 to 255.
  int exitCode(FailureKind kind);
}
