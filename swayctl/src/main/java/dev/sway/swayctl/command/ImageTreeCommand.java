package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image tree`.
@Command(
    name = "tree",
    sortOptions = false,
    description = {
      "Lists what is in an image, a row like that of 'ls -l' for each path.",
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
      description = "How many levels below PATH to list. Default: all.")
  int depth = EntryPath.MAX_DEPTH;

  @Option(names = "--json", description = "Print one JSON object: {\"entries\":[...]}.")
  boolean json;

  ImageTreeCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    if (depth < 0) {
      throw new SwayException(FailureKind.USAGE, "--depth: " + depth + " is less than 0");
    }
    StoredImage opened = session.open(image);
    TreeWalk walk = new TreeWalk(opened.index(), ImageSession.find(opened, image, path), depth);
    if (json) {
      JsonList list = new JsonList(session.out(), "entries");
      while (walk.hasNext()) {
        list.add(TreeRow.of(walk.next()));
      }
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("image", image);
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
