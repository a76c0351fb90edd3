package dev.sway.swayctl.command;

import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.image.JsonList;
import dev.sway.swayctl.image.TreeDiff;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image diff`.
@Command(
    name = "diff",
    sortOptions = false,
    description = {
      "Lists the paths in which two images differ, and what they share.",
      "",
      "A line is A for a path that only the second image has, D for one that only the first has, "
          + "M for one that differs, with what: type, content, mode, owner, mtime, link, device, "
          + "links (hard ones), xattrs. The last line sums up. The exit code is 0 in any case.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image diff app:1 app:2",
      "  swayctl image diff app:1 app:2 --json | jq '.totals.newPackBytes'"
    })
final class ImageDiffCommand extends ImageTool {
  @Parameters(index = "0", paramLabel = "A", description = "The first image.")
  String before = "";

  @Parameters(index = "1", paramLabel = "B", description = "The second image.")
  String after = "";

  @Option(names = "--json", description = "Print one JSON object: {\"changes\":[...],...}.")
  boolean json;

  ImageDiffCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    var first = session.open(before);
    var second = session.open(after);
    if (json) {
      JsonList list = new JsonList(session.out(), "changes");
      list.end(Map.of("totals", new TreeDiff(first, second, list::add).compare()));
      return 0;
    }
    TreeDiff.Totals totals =
        new TreeDiff(first, second, change -> session.line(text(change))).compare();
    session.line(
        "%d added, %d removed, %d modified"
            .formatted(totals.added(), totals.removed(), totals.modified()));
    session.line(
        "chunks of %s: %d shared (%s stored), %d new (%s)"
            .formatted(
                after,
                totals.sharedChunks(),
                ByteSize.text(totals.sharedChunkBytes()),
                totals.newChunks(),
                ByteSize.text(totals.newChunkBytes())));
    session.line(
        "packs of %s: %d shared (%s), %d new (%s)"
            .formatted(
                after,
                totals.sharedPacks(),
                ByteSize.text(totals.sharedPackBytes()),
                totals.newPacks(),
                ByteSize.text(totals.newPackBytes())));
    return 0;
  }

  private static String text(TreeDiff.Change change) {
    return change.change()
        + " "
        + change.path()
        + (change.what().isEmpty() ? "" : "  " + String.join(",", change.what()));
  }
}
