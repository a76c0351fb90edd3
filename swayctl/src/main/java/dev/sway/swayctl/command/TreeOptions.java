package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The part of an image's tree that a command is about.
final class TreeOptions {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "Where to begin; links are followed. Default: /")
  String path = "/";

  @Option(
      names = {"-L", "--depth"},
      paramLabel = "DEPTH",
      description = "How many levels below PATH to list.")
  private @Nullable Integer depth;

  /// How many levels to list, `otherwise` where the user does not say.
  ///
  /// @throws SwayException of kind `usage` where that is less than none
  int depth(int otherwise) throws SwayException {
    if (depth != null && depth < 0) {
      throw new SwayException(FailureKind.USAGE, "--depth: " + depth + " is less than 0");
    }
    return depth == null ? otherwise : depth;
  }
}
