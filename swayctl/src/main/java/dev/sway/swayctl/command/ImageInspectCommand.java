package dev.sway.swayctl.command;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.read.StoredImage;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.image.ManifestText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image inspect`.
@Command(
    name = "inspect",
    sortOptions = false,
    description = {
      "Prints what an image's manifest says: what a container runs, sizes, packs, source.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image inspect app",
      "  swayctl image inspect app --json | jq -r '.content.config.env[]'"
    })
final class ImageInspectCommand extends ImageTool {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Option(
      names = "--json",
      description = "Print one JSON object: {\"image\":...,\"manifest\":...,\"content\":{...}}.")
  boolean json;

  ImageInspectCommand(Surroundings surroundings) {
    super(surroundings);
  }

  /// What `--json` prints.
  ///
  /// @param image as it was asked for
  /// @param manifest its digest
  /// @param content all that it says
  record Report(String image, Digest manifest, Manifest content) {}

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    Digest digest = session.digest(image);
    Manifest manifest = StoredImage.manifest(session.images(), digest);
    if (json) {
      byte[] report = WireJson.write(new Report(image, digest, manifest));
      session.line(new String(report, StandardCharsets.UTF_8));
    } else {
      for (String line : ManifestText.lines(image, digest, manifest)) {
        session.line(line);
      }
    }
    return 0;
  }
}
