package dev.sway.swayctl.command;

import dev.sway.blobd.client.BlobClient;
import dev.sway.swayctl.config.UserFolders;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.run.BrokenPipeException;
import dev.sway.swayctl.run.ContainerStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/// What the commands of `swayctl image` have in common: a server, a folder for indexes while they
/// run, and an output that may be closed by who reads it.
abstract class ImageTool implements Callable<Integer> {
  /// What a shell reports of a program that SIGPIPE ended.
  private static final int BROKEN_PIPE = 141;

  private static final int BUFFER = 1 << 16;

  final Surroundings surroundings;

  @Mixin ServerOptions server = new ServerOptions();
  @Mixin HelpOption help = new HelpOption();

  ImageTool(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// Does what the command is for, and answers its exit code.
  abstract int work(ImageSession session, CleanUp cleanUp) throws IOException;

  @Override
  public Integer call() throws IOException {
    BufferedOutputStream out =
        new BufferedOutputStream(new ContainerStream(surroundings.out()), BUFFER);
    try {
      try {
        return work(out);
      } finally {
        // Also where the work failed: what it printed before is right.
        out.flush();
      }
    } catch (BrokenPipeException e) {
      // Nobody is left to tell.
      return BROKEN_PIPE;
    }
  }

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
