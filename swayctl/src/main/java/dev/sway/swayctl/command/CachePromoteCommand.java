package dev.sway.swayctl.command;

import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.swayctl.export.ByteSize;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl cache promote`.
@Command(
    name = "promote",
    sortOptions = false,
    description = {
      "Has the worker pin images, fetch what it lacks of them, and verify all.",
      "From then on they need no server, also to find them by their names, until they are unpinned.",
      "",
      "Ctrl-C ends it; what was fetched is kept, and pinned.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = "  swayctl cache promote app")
final class CachePromoteCommand extends CacheImagesTool {
  CachePromoteCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  CacheResult work(CacheClient client, String image) throws IOException {
    try (ProgressLine line = progress(image)) {
      return client.promote(image, line::show);
    }
  }

  @Override
  String line(CacheResult result) {
    return "%s: needs no server any more; fetched %s of %s, all is verified and pinned"
        .formatted(
            result.image(), ByteSize.text(result.bytes()), ByteSize.text(result.packBytes()));
  }
}
