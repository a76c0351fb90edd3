package dev.sway.swayctl.command;

import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `swayctl cache unpin`.
@Command(
    name = "unpin",
    sortOptions = false,
    description = {"Lets the worker evict images again that were pinned or promoted.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl cache unpin app")
final class CacheUnpinCommand extends CacheTool {
  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  List<String> wanted = new ArrayList<>();

  CacheUnpinCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  List<String> images() {
    return wanted;
  }

  @Override
  CacheResult work(CacheClient client, String image) throws IOException {
    return client.unpin(image);
  }

  @Override
  String line(CacheResult result) {
    return "unpinned %s, %s".formatted(result.image(), result.manifest());
  }
}
