package dev.sway.swayctl.command;

import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.profile.ProfileText;
import java.io.IOException;
import java.io.OutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl profile pull`.
@Command(
    name = "pull",
    sortOptions = false,
    description = {"Writes a profile to a file, which 'swayctl profile push' takes.", ""},
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile pull app 3f9a1c -o app.profile",
      "  swayctl profile pull app 3f9a1c | zstdcat | jq"
    })
final class ProfilePullCommand extends ProfileTool {
  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "At least 6 digits of the command's key.")
  String key = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it. Default: -, the standard output.")
  String output = "-";

  ProfilePullCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  void work(ProfileSession session, OutputStream out) throws IOException {
    if (output.equals("-")) {
      out.write(ProfileWriter.write(session.find(session.key(key))));
      return;
    }
    OutputFile file = OutputFile.of(surroundings, "--output", output);
    Profile profile = session.find(session.key(key));
    try (CleanUp cleanUp = CleanUp.armed(surroundings.program().err()::println)) {
      file.write(cleanUp, to -> to.write(ProfileWriter.write(profile)));
    }
    surroundings
        .program()
        .err()
        .printf("wrote %s: %s%n", file.file(), ProfileText.summary(profile));
  }
}
