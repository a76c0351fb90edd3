package dev.sway.swayctl.command;

import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.swayctl.image.JsonList;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.profile.ProfileText;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl profile show`.
@Command(
    name = "show",
    sortOptions = false,
    description = {
      "Prints a profile: the paths that runs of the command ask for, in the order of their first "
          + "use, with the ranges that they read.",
      "",
      "FIRST is the time after the run's start, RUNS in how many runs a path was asked for.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile show app 3f9a1c",
      "  swayctl profile show app 3f9a1c --json | jq -r '.paths[].path'"
    })
final class ProfileShowCommand extends ProfileTool {
  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "At least 6 digits of the command's key.")
  String key = "";

  @Option(names = "--json", description = "Print one JSON object: {\"paths\":[...],...}.")
  boolean json;

  ProfileShowCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  void work(ProfileSession session, OutputStream out) throws IOException {
    Profile profile = session.find(session.key(key));
    if (json) {
      json(profile, session.image(), out);
      return;
    }
    for (String line : ProfileText.lines(profile, Instant.now())) {
      line(out, line);
    }
    line(out, ProfileText.header());
    for (ProfiledPath path : profile.paths()) {
      line(out, ProfileText.line(path));
    }
  }

  private static void json(Profile profile, String image, OutputStream out) throws IOException {
    JsonList list = new JsonList(out, "paths");
    for (ProfiledPath path : profile.paths()) {
      list.add(path);
    }
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("image", image);
    members.put("manifest", profile.manifest());
    members.put("key", profile.command().hex());
    members.put("args", profile.args());
    members.put("runs", profile.runs());
    members.put("updated", profile.updated().toString());
    members.put("pinned", profile.pinned());
    members.put("bytes", profile.bytes());
    list.end(members);
  }
}
