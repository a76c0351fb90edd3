package dev.sway.swayctl.command;

import dev.sway.blobd.api.BlobdApi.NameAnswer;
import dev.sway.blobd.api.BlobdApi.NamesAnswer;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.blobd.http.WireJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl images`.
@Command(
    name = "images",
    sortOptions = false,
    description = "Lists the images on the blob server.",
    footerHeading = "%nExamples:%n",
    footer = {"  swayctl images", "  swayctl images --json | jq -r '.images[].name'"})
public final class ImagesCommand implements Callable<Integer> {
  private static final int SHORT_DIGITS = 12;

  private final Surroundings surroundings;

  @Option(names = "--json", description = "Print one JSON object: {\"images\":[...]}.")
  boolean json;

  @Mixin ServerOptions server = new ServerOptions();
  @Mixin HelpOption help = new HelpOption();

  /// The command, for the user in `surroundings`.
  public ImagesCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws IOException {
    List<ResolvedName> names;
    String from;
    try (BlobClient client = server.connect(surroundings.environment())) {
      names = client.names();
      from = client.toString();
    }
    PrintStream out = surroundings.program().out();
    if (json) {
      out.println(
          new String(
              WireJson.write(new NamesAnswer(names.stream().map(ImagesCommand::answer).toList())),
              StandardCharsets.UTF_8));
    } else if (names.isEmpty()) {
      surroundings
          .program()
          .err()
          .println("no images yet on the " + from + "; 'swayctl export' makes one");
    } else {
      print(names, out);
    }
    return 0;
  }

  private static NameAnswer answer(ResolvedName image) {
    return new NameAnswer(image.name().toString(), image.manifest(), image.modified().toString());
  }

  private static void print(List<ResolvedName> names, PrintStream out) {
    int width =
        Math.max(
            4, names.stream().mapToInt(image -> image.name().toString().length()).max().orElse(0));
    String row = "%-" + width + "s  %-" + SHORT_DIGITS + "s  %s%n";
    DateTimeFormatter time =
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());
    out.printf(row, "NAME", "MANIFEST", "MODIFIED");
    for (ResolvedName image : names) {
      out.printf(
          row,
          image.name(),
          image.manifest().hex().substring(0, SHORT_DIGITS),
          time.format(image.modified()));
    }
  }
}
