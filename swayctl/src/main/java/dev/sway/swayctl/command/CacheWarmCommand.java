package dev.sway.swayctl.command;

import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.swayctl.export.ByteSize;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl cache warm`.
@Command(
    name = "warm",
    sortOptions = false,
    description = {
      "Has the worker fetch what it lacks of images now, verified. They may be evicted afterwards.",
      "",
      "Ctrl-C ends it; what was fetched is kept.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = "  swayctl cache warm app")
final class CacheWarmCommand extends CacheImagesTool {
  CacheWarmCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  CacheResult work(CacheClient client, String image) throws IOException {
    try (ProgressLine line = progress(image)) {
      return client.warm(image, line::show);
    }
  }

  @Override
  String line(CacheResult result) {
    return "%s: fetched %s of %s in %d chunks, the rest was there"
        .formatted(
            result.image(),
            ByteSize.text(result.bytes()),
            ByteSize.text(result.packBytes()),
            result.chunks());
  }
}
