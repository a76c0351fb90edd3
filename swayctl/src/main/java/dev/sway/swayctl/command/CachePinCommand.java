package dev.sway.swayctl.command;

import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl cache pin`.
@Command(
    name = "pin",
    sortOptions = false,
    description = {
      "Keeps what the worker has or gets of images: nothing of them is evicted, also after a restart.",
      "Fetches nothing but their indexes.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = "  swayctl cache pin app")
final class CachePinCommand extends CacheImagesTool {
  CachePinCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  CacheResult work(CacheClient client, String image) throws IOException {
    return client.pin(image);
  }

  @Override
  String line(CacheResult result) {
    return "pinned %s, %s".formatted(result.image(), result.manifest());
  }
}
