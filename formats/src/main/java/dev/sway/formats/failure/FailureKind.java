package dev.sway.formats.failure;

import java.util.Arrays;
import java.util.Optional;

/// What went wrong, as far as a script that calls sway needs to tell cases apart.
///
/// The word travels in the APIs' error answers, the exit code is what a command ends with. Both are
/// stable: a kind may be added, never renumbered. `swayctl run` keeps docker's contract instead
/// (125 for everything before the container starts, 126, 127).
public enum FailureKind {
  /// A fault of sway itself.
  INTERNAL("internal", 1),
  /// The command line or a request that makes no sense.
  USAGE("usage", 2),
  /// No image of this name, or no such tag.
  UNKNOWN_IMAGE("unknown-image", 10),
  /// The script to run does not exist or cannot be read.
  NO_SCRIPT("no-script", 11),
  /// A folder without a Dockerfile, and no `--from`.
  NO_DOCKERFILE("no-dockerfile", 12),
  /// No docker, buildah or podman, or the one there failed.
  BUILDER("builder", 13),
  /// An image archive that is truncated, malformed or hostile.
  BAD_ARCHIVE("bad-archive", 14),
  /// The blob server cannot be reached, or answers with a fault of its own.
  BLOBD_UNREACHABLE("blobd-unreachable", 15),
  /// The worker cannot be reached.
  WORKER_UNREACHABLE("worker-unreachable", 16),
  /// A token that is missing or wrong.
  UNAUTHORIZED("unauthorized", 17),
  /// Bytes that do not match their digest, or a file that does not follow its format.
  CORRUPT("corrupt", 18),
  /// runc is not installed, or cannot be executed.
  NO_RUNC("no-runc", 19),
  /// A disk that is full or fails.
  STORAGE("storage", 20),
  /// A mount that the kernel refused.
  MOUNT("mount", 21),
  /// A privilege that the process lacks.
  PRIVILEGE("privilege", 22),
  /// An address or a state directory that another process uses.
  IN_USE("in-use", 23),
  /// A blob or a name that does not exist on the server.
  NOT_FOUND("not-found", 24),
  /// A manifest published before the blobs that it names.
  INCOMPLETE("incomplete", 25),
  /// A file of a format version that this program does not read.
  UNSUPPORTED_VERSION("unsupported-version", 26),
  /// What was to be changed has been changed by another meanwhile.
  CHANGED("changed", 27),
  /// The container engine could not start the container.
  RUN("run", 125),
  /// The command exists in the image but cannot be executed.
  NOT_EXECUTABLE("not-executable", 126),
  /// The command does not exist in the image.
  COMMAND_NOT_FOUND("command-not-found", 127);

  private final String word;
  private final int exitCode;

  FailureKind(String word, int exitCode) {
    this.word = word;
    this.exitCode = exitCode;
  }

  /// The stable name of this kind in JSON.
  public String word() {
    return word;
  }

  /// The exit code of a command that fails so, 1 to 127.
  public int exitCode() {
    return exitCode;
  }

  /// The kind with this word, or empty for a word of a newer version.
  public static Optional<FailureKind> ofWord(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
  }
}
