package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.read.ChunkReader;
import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TreeEntry;
import dev.sway.formats.tree.FileType;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `swayctl image cat`.
@Command(
    name = "cat",
    sortOptions = false,
    description = {
      "Writes files of an image to the standard output.",
      "",
      "Symbolic links are followed inside the image. Of the packs, only the chunks that hold these "
          + "files are fetched.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image cat app /etc/os-release",
      "  swayctl image cat app /usr/bin/python3 | file -"
    })
final class ImageCatCommand extends ImageTool {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "A regular file.")
  List<String> paths = new ArrayList<>();

  ImageCatCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    StoredImage opened = session.open(image);
    ChunkReader chunks = opened.chunks();
    for (String path : paths) {
      TreeEntry entry = ImageSession.find(opened, image, path);
      if (entry.type() != FileType.REGULAR) {
        throw new SwayException(
            FailureKind.USAGE,
            "'%s' in the image %s is not a regular file; 'swayctl image tree %s %s' lists it"
                .formatted(path, image, image, path));
      }
      chunks.read(entry.inode(), session.out()::write);
    }
    return 0;
  }
}
