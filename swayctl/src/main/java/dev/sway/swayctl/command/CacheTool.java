package dev.sway.swayctl.command;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.CacheEvent;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.client.CacheClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What the commands that do something with images in a worker's cache have in common: the images
/// come one after the other, and the first failure ends it.
abstract class CacheTool implements Callable<Integer> {
  final Surroundings surroundings;

  @Option(names = "--json", description = "Print one JSON object: {\"images\":[...]}.")
  boolean json;

  @Mixin WorkerOptions worker = new WorkerOptions();
  @Mixin HelpOption help = new HelpOption();

  CacheTool(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// What `--json` prints.
  record Report(List<CacheResult> images) {}

  /// The images to work on.
  abstract List<String> images() throws IOException;

  /// Does what is to be done with one image.
  abstract CacheResult work(CacheClient client, String image) throws IOException;

  /// The line that says what was done.
  abstract String line(CacheResult result);

  @Override
  public final Integer call() throws IOException {
    List<String> wanted = images();
    PrintStream out = surroundings.program().out();
    List<CacheResult> results = new ArrayList<>();
    try (CacheClient client = worker.cache(surroundings.environment())) {
      for (String image : wanted) {
        CacheResult result = work(client, image);
        results.add(result);
        if (!json) {
          out.println(line(result));
        }
      }
    }
    if (json) {
      out.println(new String(WireJson.write(new Report(results)), StandardCharsets.UTF_8));
    }
    return 0;
  }

  /// Shows how far a fetch is, on a terminal only: in one line, which then goes again.
  final ProgressLine progress(String image) {
    return new ProgressLine(image);
  }

  /// The line of one image.
  final class ProgressLine implements AutoCloseable {
    private final String image;
    private boolean shown;

    private ProgressLine(String image) {
      this.image = image;
    }

    void show(CacheEvent.Progress progress) {
      if (surroundings.terminal() && progress.ofChunks() > 0) {
        surroundings
            .program()
            .err()
            .printf("\r%s: %d of %d chunks", image, progress.chunks(), progress.ofChunks());
        surroundings.program().err().flush();
        shown = true;
      }
    }

    @Override
    public void close() {
      if (shown) {
        surroundings.program().err().print("\r\033[K");
        surroundings.program().err().flush();
      }
    }
  }
}
