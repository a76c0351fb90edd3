package dev.sway.swayctl.command;

import dev.sway.formats.trace.CommandKey;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.IOException;
import picocli.CommandLine.Command;

/// `swayctl profile unpin`.
@Command(
    name = "unpin",
    sortOptions = false,
    description = {"Lets runs change profiles again that were pinned.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl profile unpin app 3f9a1c")
final class ProfileUnpinCommand extends ProfileKeysTool {
  ProfileUnpinCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  String work(ProfileSession session, CommandKey key) throws IOException {
    session.pin(key, false);
    return "unpinned the profile %s of %s".formatted(key, session.image());
  }
}
