package dev.sway.swayctl.command;

import dev.sway.formats.trace.CommandKey;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl profile pin`.
@Command(
    name = "pin",
    sortOptions = false,
    description = {"Keeps profiles as they are; no others take their place.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl profile pin app 3f9a1c")
final class ProfilePinCommand extends ProfileKeysTool {
  ProfilePinCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  String work(ProfileSession session, CommandKey key) throws IOException {
    session.pin(key, true);
    return "pinned the profile %s of %s".formatted(key, session.image());
  }
}
