package dev.sway.formats.profile;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.stream.JsonFrameReader;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.TraceFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads profiles as [ProfileFormat] says, whoever wrote them: nothing is believed before it is
/// within its bounds. A start waits for this, so it goes through the bytes once and binds nothing.
public final class ProfileReader {
  private ProfileReader() {}

  /// Reads a profile; `name` names it in errors.
  ///
  /// @throws CorruptException where the bytes do not match the format
  /// @throws UnsupportedVersionException where the version is too old or too new
  public static Profile read(byte[] bytes, String name)
      throws CorruptException, UnsupportedVersionException {
    return JsonFrameReader.read(
        bytes,
        ProfileFormat.MAX_BYTES,
        ProfileFormat.MAX_CONTENT,
        "profile " + name,
        ProfileReader::profile);
  }

  private static Profile profile(JsonFrameReader json) throws IOException {
    int _ =
        json.format(
            ProfileFormat.NAME,
            ProfileFormat.OLDEST_VERSION,
            ProfileFormat.VERSION,
            ProfileFormat.REMEDY);
    Profile profile =
        new Profile(
            json.digest("manifest"),
            new CommandKey(json.digest("command")),
            json.texts("args", TraceFormat.MAX_ARGS, TraceFormat.MAX_ARGS_LENGTH),
            (int) json.number("runs", 0, ProfileFormat.MAX_RUNS),
            json.instant("updated"),
            json.flag("pinned"),
            paths(json));
    json.endObject();
    ProfileFormat.check(profile);
    return profile;
  }

  private static List<ProfiledPath> paths(JsonFrameReader json) throws IOException {
    json.beginArray("paths");
    List<ProfiledPath> paths = new ArrayList<>();
    int ranges = 0;
    while (json.beginObject()) {
      if (paths.size() == ProfileFormat.MAX_PATHS) {
        throw json.corrupt("has more than " + ProfileFormat.MAX_PATHS + " paths", null);
      }
      ProfiledPath path =
          new ProfiledPath(
              json.text("path", ProfileFormat.MAX_PATH),
              json.number("inode", 0, TraceFormat.MAX_NUMBER),
              ranges(json, ProfileFormat.MAX_RANGES - ranges),
              json.number("firstMicros", -TraceFormat.MAX_NUMBER, TraceFormat.MAX_NUMBER),
              (int) json.number("runs", 0, ProfileFormat.MAX_RUNS),
              (int) json.number("missing", 0, ProfileFormat.MAX_RUNS));
      json.endObject();
      ranges += path.ranges().size();
      paths.add(path);
    }
    return paths;
  }

  private static List<ProfileRange> ranges(JsonFrameReader json, int most) throws IOException {
    json.beginArray("ranges");
    List<ProfileRange> ranges = new ArrayList<>();
    while (json.beginObject()) {
      if (ranges.size() == most) {
        throw json.corrupt("has more than " + ProfileFormat.MAX_RANGES + " ranges", null);
      }
      ranges.add(
          new ProfileRange(
              json.number("offset", 0, TraceFormat.MAX_NUMBER),
              json.number("length", 1, ProfileFormat.MAX_RANGE_BYTES)));
      json.endObject();
    }
    return ranges;
  }
}
