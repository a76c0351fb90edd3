package dev.sway.swayctl.command;

import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl cache unpin`.
@Command(
    name = "unpin",
    sortOptions = false,
    description = {"Lets the worker evict images again that were pinned or promoted.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl cache unpin app")
final class CacheUnpinCommand extends CacheImagesTool {
  CacheUnpinCommand(Surroundings surroundings) {
    super(surroundings);
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
