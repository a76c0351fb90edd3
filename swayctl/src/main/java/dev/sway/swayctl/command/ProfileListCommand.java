package dev.sway.swayctl.command;

import dev.sway.blobd.client.ListedProfile;
import dev.sway.swayctl.image.JsonList;
import dev.sway.swayctl.profile.ProfileRow;
import dev.sway.swayctl.profile.ProfileSession;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `swayctl profile ls`.
@Command(
    name = "ls",
    sortOptions = false,
    description = {
      "Lists the profiles of an image: the command of each, from how many runs it was learnt, "
          + "how much of how many files it names, and how large its hot pack is.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile ls app",
      "  swayctl profile ls app --json | jq -r '.profiles[] | select(.pinned).key'"
    })
final class ProfileListCommand extends ProfileTool {
  @Option(names = "--json", description = "Print one JSON object: {\"profiles\":[...]}.")
  boolean json;

  ProfileListCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  void work(ProfileSession session, OutputStream out) throws IOException {
    List<ListedProfile> profiles = session.list();
    if (json) {
      JsonList list = new JsonList(out, "profiles");
      for (ListedProfile profile : profiles) {
        Optional<ProfileRow> row = session.row(profile);
        if (row.isPresent()) {
          list.add(row.get());
        }
      }
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("image", session.image());
      members.put("manifest", session.manifest());
      list.end(members);
      return;
    }
    if (profiles.isEmpty()) {
      surroundings.program().err().println("no profiles of " + session.image() + " yet");
      return;
    }
    line(out, ProfileRow.header());
    Instant now = Instant.now();
    for (ListedProfile profile : profiles) {
      Optional<ProfileRow> row = session.row(profile);
      if (row.isPresent()) {
        line(out, row.get().text(now));
      }
    }
  }
}
