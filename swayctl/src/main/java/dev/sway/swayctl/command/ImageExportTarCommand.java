package dev.sway.swayctl.command;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.read.TarExport;
import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
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
  private static final int BUFFER = 1 << 18;

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
    Path file = surroundings.resolve(Path.of(output));
    Path folder = file.getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new SwayException(FailureKind.USAGE, "--output: " + file + " is a folder; give a file");
    }
    Path partial = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID());
    cleanUp.defer(() -> Files.deleteIfExists(partial));
    var stored = session.open(image);
    TarExport.Written written;
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            BUFFER)) {
      written = new TarExport(stored, out).write();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    try {
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    surroundings
        .program()
        .err()
        .printf(
            "wrote %s: %d entries, %s in files%n",
            file, written.entries(), ByteSize.text(written.fileBytes()));
    return 0;
  }
}
