package dev.sway.swayctl.command;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image rm`.
@Command(
    name = "rm",
    sortOptions = false,
    description = {
      "Takes names of images away from the blob server.",
      "",
      "The image itself stays in the store, and can be read by its sha256:...; nothing collects "
          + "what no name points at yet. Workers that run it go on.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {"  swayctl image rm app:old", "  swayctl image rm app:1 app:2 --json"})
final class ImageRemoveCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Parameters(arity = "1..*", paramLabel = "NAME[:TAG]", description = "The names to remove.")
  List<String> names = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object: {\"removed\":[...]}.")
  boolean json;

  @Mixin ServerOptions server = new ServerOptions();
  @Mixin HelpOption help = new HelpOption();

  ImageRemoveCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// What `--json` prints of a name.
  ///
  /// @param name that is gone
  /// @param manifest that it pointed at
  record Removed(String name, String manifest) {}

  /// What `--json` prints.
  record Report(List<Removed> removed) {}

  @Override
  public Integer call() throws IOException {
    List<ImageName> parsed = new ArrayList<>();
    for (String name : names) {
      parsed.add(ImageName.parse(name));
    }
    PrintStream out = surroundings.program().out();
    List<Removed> removed = new ArrayList<>();
    try (BlobClient client = server.connect(surroundings.environment())) {
      for (ImageName name : parsed) {
        ResolvedName gone = client.remove(name);
        removed.add(new Removed(name.toString(), gone.manifest().toString()));
        if (!json) {
          out.printf(
              "removed the name %s of %s; its blobs stay in the store%n", name, gone.manifest());
        }
      }
    }
    if (json) {
      out.println(new String(WireJson.write(new Report(removed)), StandardCharsets.UTF_8));
    }
    return 0;
  }
}
