package dev.sway.swayctl.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/// A [CacheTool] for the images that its arguments name, one at least.
abstract class CacheImagesTool extends CacheTool {
  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  List<String> wanted = new ArrayList<>();

  CacheImagesTool(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  final List<String> images() {
    return wanted;
  }
}
