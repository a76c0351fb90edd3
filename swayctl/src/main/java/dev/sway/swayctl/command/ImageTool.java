package dev.sway.swayctl.command;

import dev.sway.blobd.client.BlobClient;
import dev.sway.swayctl.config.UserFolders;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/// What the commands of `swayctl image` have in common: a server, and a folder for indexes while
/// they run.
abstract class ImageTool extends OutputTool {
  @Mixin ServerOptions server = new ServerOptions();

  ImageTool(Surroundings surroundings) {
    super(surroundings);
  }

  /// Does what the command is for, and answers its exit code.
  abstract int work(ImageSession session, CleanUp cleanUp) throws IOException;

  @Override
  int work(BufferedOutputStream out) throws IOException {
    try (CleanUp cleanUp = CleanUp.armed(surroundings.program().err()::println);
        BlobClient client = server.connect(surroundings.environment())) {
      Path scratch =
          cleanUp.folder(UserFolders.of(surroundings.environment()).temporary(), "sway-image-");
      try (ImageSession session = new ImageSession(client, scratch, out)) {
        return work(session, cleanUp);
      }
    }
  }
}
