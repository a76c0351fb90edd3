package dev.sway.swayctl.command;

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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl image du`.
@Command(
    name = "du",
    sortOptions = false,
    description = {
      "Prints what the directories of an image take, the largest first, one level of them unless -L "
          + "says otherwise.",
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
  private static final int DEFAULT_DEPTH = 1;

  @Mixin TreeOptions tree = new TreeOptions();

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
    int depth = tree.depth(DEFAULT_DEPTH);
    StoredImage opened = session.open(tree.image);
    List<StoredImage> others = new ArrayList<>();
    for (String other : against) {
      others.add(session.open(other));
    }
    List<DiskUse.Row> rows =
        new DiskUse(opened, others).below(ImageSession.find(opened, tree.image, tree.path), depth);
    if (json) {
      JsonList list = new JsonList(session.out(), "directories");
      for (DiskUse.Row row : rows) {
        list.add(row);
      }
      list.end(Map.of("image", tree.image));
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
