package dev.sway.swayctl.command;

import dev.sway.formats.trace.CommandKey;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Parameters;

/// A [ProfileTool] for the profiles that its arguments name, one at least. A key that is none is
/// found before anything is done.
abstract class ProfileKeysTool extends ProfileTool {
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY",
      description = "At least 6 digits of the command's key.")
  List<String> keys = new ArrayList<>();

  ProfileKeysTool(Surroundings surroundings) {
    super(surroundings);
  }

  /// Does what is to be done with one profile, and answers the line that says so.
  abstract String work(ProfileSession session, CommandKey key) throws IOException;

  @Override
  final void work(ProfileSession session, OutputStream out) throws IOException {
    Set<CommandKey> wanted = new LinkedHashSet<>();
    for (String key : keys) {
      wanted.add(session.key(key));
    }
    for (CommandKey key : wanted) {
      line(out, work(session, key));
    }
  }
}
