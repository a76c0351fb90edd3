package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.read.StoredImage;
import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.DiskUse;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.image.JsonList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image du`.
@Command(
    name = "du",
    sortOptions = false,
    description = {
      "Prints what the directories of an image take, the largest first.",
      "",
      "STORED is a directory's share of the packs, compressed; SIZE what its files have when they "
          + "are read. Hard links count once. With --against, UNIQUE is the part of STORED "
          + "in chunks that the other images have not.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image du app",
      "  swayctl image du app /usr/lib -L 2",
      "  swayctl image du app:2 --against app:1"
    })
final class ImageDuCommand extends ImageTool {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PATH",
      description = "Where to begin; links are followed. Default: /")
  String path = "/";

  @Option(
      names = {"-L", "--depth"},
      paramLabel = "DEPTH",
      description = "How many levels below PATH to list. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  int depth;

  @Option(
      names = "--against",
      paramLabel = "IMAGE",
      description = "An image to share with. May be given again.")
  List<String> against = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object: {\"directories\":[...],...}.")
  boolean json;

  ImageDuCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    if (depth < 0) {
      throw new SwayException(FailureKind.USAGE, "--depth: " + depth + " is less than 0");
    }
    StoredImage opened = session.open(image);
    List<StoredImage> others = new ArrayList<>();
    for (String other : against) {
      others.add(session.open(other));
    }
    List<DiskUse.Row> rows =
        new DiskUse(opened, others).below(ImageSession.find(opened, image, path), depth);
    if (json) {
      JsonList list = new JsonList(session.out(), "directories");
      for (DiskUse.Row row : rows) {
        list.add(row);
      }
      list.end(Map.of("image", image));
      return 0;
    }
    session.line(line("STORED", "SIZE", "ENTRIES", "UNIQUE", "PATH"));
    for (DiskUse.Row row : rows) {
      session.line(
          line(
              ByteSize.text(row.stored()),
              ByteSize.text(row.size()),
              Long.toString(row.entries()),
              ByteSize.text(row.unique()),
              row.path()));
    }
    return 0;
  }

  private String line(String stored, String size, String entries, String unique, String name) {
    return against.isEmpty()
        ? String.format(Locale.ROOT, "%10s %10s %8s  %s", stored, size, entries, name)
        : String.format(Locale.ROOT, "%10s %10s %8s %10s  %s", stored, size, entries, unique, name);
  }
}
