package dev.sway.swayctl.command;

import dev.sway.formats.trace.CommandKey;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl profile rm`.
@Command(
    name = "rm",
    sortOptions = false,
    description = {"Removes profiles from the blob server. The next runs learn them anew.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl profile rm app 3f9a1c")
final class ProfileRemoveCommand extends ProfileKeysTool {
  ProfileRemoveCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  String work(ProfileSession session, CommandKey key) throws IOException {
    session.remove(key);
    return "removed the profile %s of %s".formatted(key, session.image());
  }
}
