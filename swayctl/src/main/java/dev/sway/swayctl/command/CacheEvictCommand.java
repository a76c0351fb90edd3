package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.swayctl.export.ByteSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl cache evict`.
@Command(
    name = "evict",
    sortOptions = false,
    description = {
      "Removes what the worker has on its disk of images. Runs that use them go on, and fetch again "
          + "what they read.",
      "",
      "What a pinned image needs too stays.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  swayctl cache evict app:old", "  swayctl cache evict --all"})
final class CacheEvictCommand extends CacheTool {
  @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  List<String> wanted = new ArrayList<>();

  @Option(names = "--all", description = "Everything that no pinned image needs.")
  boolean all;

  CacheEvictCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  List<String> images() throws SwayException {
    if (wanted.isEmpty() != all || wanted.contains("")) {
      throw new SwayException(
          FailureKind.USAGE, "what to evict: give IMAGEs, or --all; one of them");
    }
    return all ? List.of("") : wanted;
  }

  @Override
  CacheResult work(CacheClient client, String image) throws IOException {
    return client.evict(image);
  }

  @Override
  String line(CacheResult result) {
    return "evicted %s in %d chunks%s"
        .formatted(
            ByteSize.text(result.bytes()),
            result.chunks(),
            result.image().isEmpty() ? "" : " of " + result.image());
  }
}
