package dev.sway.swayctl.command;

import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TarExport;
import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image export-tar`.
@Command(
    name = "export-tar",
    sortOptions = false,
    description = {
      "Writes the file system of an image as a tar.",
      "",
      "The tar is POSIX pax and has all that the image has: names byte for byte, nanosecond times, "
          + "owners, extended attributes, hard links, devices. Exported again, it becomes the same "
          + "tree. What a container of the image runs is not in it; 'swayctl image inspect' "
          + "prints that.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image export-tar app -o app.tar",
      "  swayctl image export-tar app | docker import - app",
      "  swayctl image export-tar app | sudo tar -x --xattrs --xattrs-include='*' -C root"
    })
final class ImageExportTarCommand extends ImageTool {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it. Default: -, the standard output.")
  String output = "-";

  ImageExportTarCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    if (output.equals("-")) {
      new TarExport(session.open(image), session.out()).write();
      return 0;
    }
    OutputFile file = OutputFile.of(surroundings, "--output", output);
    StoredImage stored = session.open(image);
    AtomicReference<TarExport.Written> done = new AtomicReference<>();
    file.write(cleanUp, out -> done.set(new TarExport(stored, out).write()));
    TarExport.Written written = Objects.requireNonNull(done.get(), "set before the file is there");
    surroundings
        .program()
        .err()
        .printf(
            "wrote %s: %d entries, %s in files%n",
            file.file(), written.entries(), ByteSize.text(written.fileBytes()));
    return 0;
  }
}
