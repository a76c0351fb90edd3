package dev.sway.swayctl.command;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileReader;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.profile.ProfileText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `swayctl profile push`.
@Command(
    name = "push",
    sortOptions = false,
    description = {
      "Stores a profile from a file beside its image, in place of the one that its command has.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile push app app.profile",
      "  swayctl profile pull app 3f9a1c --server A | swayctl profile push app - --server B"
    })
final class ProfilePushCommand extends ProfileTool {
  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "A profile of this image; - is the standard input.")
  String file = "";

  ProfilePushCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  void work(ProfileSession session, OutputStream out) throws IOException {
    Profile profile = ProfileReader.read(bytes(), file);
    session.push(profile, file);
    line(
        out,
        "stored the profile %s of %s: %s"
            .formatted(profile.command(), session.image(), ProfileText.summary(profile)));
  }

  /// The file, which is not longer than a profile.
  private byte[] bytes() throws IOException {
    byte[] bytes;
    if (file.equals("-")) {
      bytes = surroundings.in().readNBytes(BlobdApi.MAX_PROFILE_BYTES + 1);
    } else {
      Path path = surroundings.resolve(Path.of(file));
      try (InputStream in = Files.newInputStream(path)) {
        bytes = in.readNBytes(BlobdApi.MAX_PROFILE_BYTES + 1);
      } catch (IOException e) {
        throw Failures.storage(path, e);
      }
    }
    if (bytes.length > BlobdApi.MAX_PROFILE_BYTES) {
      throw new SwayException(
          FailureKind.CORRUPT,
          "%s has more than the %d bytes of a profile".formatted(file, BlobdApi.MAX_PROFILE_BYTES));
    }
    return bytes;
  }
}
