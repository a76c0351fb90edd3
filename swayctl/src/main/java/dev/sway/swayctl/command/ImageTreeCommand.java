package dev.sway.swayctl.command;

import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TreeWalk;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.image.JsonList;
import dev.sway.swayctl.image.TreeRow;
import java.io.IOException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl image tree`.
@Command(
    name = "tree",
    sortOptions = false,
    description = {
      "Lists what is in an image, a row like that of 'ls -l' for each path, all levels unless -L "
          + "says otherwise.",
      "",
      "A + behind the mode says that there are extended attributes. Bytes of a name that are no "
          + "text are printed as \\xHH, and may be given so in PATH.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image tree app",
      "  swayctl image tree app /etc -L 1",
      "  swayctl image tree app --json | jq -r '.entries[] | select(.size > 1e7).path'"
    })
final class ImageTreeCommand extends ImageTool {
  @Mixin TreeOptions tree = new TreeOptions();

  @Option(names = "--json", description = "Print one JSON object: {\"entries\":[...]}.")
  boolean json;

  ImageTreeCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    int depth = tree.depth(EntryPath.MAX_DEPTH);
    StoredImage opened = session.open(tree.image);
    TreeWalk walk =
        new TreeWalk(opened.index(), ImageSession.find(opened, tree.image, tree.path), depth);
    if (json) {
      JsonList list = new JsonList(session.out(), "entries");
      while (walk.hasNext()) {
        list.add(TreeRow.of(walk.next()));
      }
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("image", tree.image);
      members.put("manifest", opened.digest());
      list.end(members);
      return 0;
    }
    ZoneId zone = ZoneId.systemDefault();
    while (walk.hasNext()) {
      session.line(TreeRow.of(walk.next()).text(zone));
    }
    return 0;
  }
}
