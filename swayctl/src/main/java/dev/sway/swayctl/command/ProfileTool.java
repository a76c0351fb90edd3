package dev.sway.swayctl.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.blobd.client.BlobClient;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// What the commands of `swayctl profile` have in common: an image on a server.
abstract class ProfileTool extends OutputTool {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  String image = "";

  @Mixin ServerOptions server = new ServerOptions();

  ProfileTool(Surroundings surroundings) {
    super(surroundings);
  }

  /// Does what the command is for.
  abstract void work(ProfileSession session, OutputStream out) throws IOException;

  @Override
  final int work(BufferedOutputStream out) throws IOException {
    try (BlobClient client = server.connect(surroundings.environment())) {
      work(ProfileSession.of(client, image), out);
    }
    return 0;
  }

  /// Prints one line of text in UTF-8.
  static void line(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(UTF_8));
    out.write('\n');
  }
}
