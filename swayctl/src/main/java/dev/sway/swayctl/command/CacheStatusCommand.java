package dev.sway.swayctl.command;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.swayctl.export.ByteSize;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl cache status`.
@Command(
    name = "status",
    sortOptions = false,
    description = "Shows what a worker's cache holds, its limits, and which images are pinned.",
    footerHeading = "%nExamples:%n",
    footer = {"  swayctl cache status", "  swayctl cache status --json | jq .allocatedBytes"})
final class CacheStatusCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;

  @Mixin WorkerOptions worker = new WorkerOptions();
  @Mixin HelpOption help = new HelpOption();

  CacheStatusCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws IOException {
    CacheStatus status;
    try (CacheClient client = worker.cache(surroundings.environment())) {
      status = client.status();
    }
    PrintStream out = surroundings.program().out();
    if (json) {
      out.println(new String(WireJson.write(status), StandardCharsets.UTF_8));
    } else {
      print(status, out);
    }
    return 0;
  }

  private static void print(CacheStatus status, PrintStream out) {
    out.printf("cache     %s%n", status.path());
    out.printf(
        "holds     %s on the disk, %d chunks of %d packs%n",
        ByteSize.text(status.allocatedBytes()), status.chunks(), status.packs());
    out.printf(
        Locale.ROOT,
        "limits    %s; %.3g %% of the disk stay free, %.1f %% are%n",
        status.maxBytes() < 0 ? "any size" : "at most " + ByteSize.text(status.maxBytes()),
        100 * status.minFree(),
        100.0 * status.freeBytes() / Math.max(1, status.totalBytes()));
    out.printf(
        "since its start: evicted %s, %d chunks could not be kept%n",
        ByteSize.text(status.evictedBytes()), status.notKept());
    for (CacheStatus.PinnedImage image : status.pinned()) {
      out.printf(
          "%-9s %s, %s%s%n",
          image.promoted() ? "promoted" : "pinned",
          image.names().isEmpty() ? image.manifest() : String.join(", ", image.names()),
          ByteSize.text(image.packBytes()),
          image.names().isEmpty() ? "" : ", " + image.manifest().substring(0, 19));
    }
  }
}
