package dev.sway.formats.profile;

import static dev.sway.formats.stream.JsonFrame.wellFormed;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sway.formats.stream.JsonFrame;
import dev.sway.formats.trace.TraceFormat;
import java.io.IOException;

/// Writes profiles as [ProfileFormat] says.
public final class ProfileWriter {
  private ProfileWriter() {}

  /// The bytes of `profile`; what is long of its command line is cut, which is for people.
  ///
  /// @throws IllegalArgumentException where it exceeds the format's limits
  public static byte[] write(Profile profile) {
    ProfileFormat.check(profile);
    return JsonFrame.write(json -> write(json, profile));
  }

  private static void write(JsonGenerator json, Profile profile) throws IOException {
    json.writeStartObject();
    json.writeStringField("format", ProfileFormat.NAME);
    json.writeNumberField("version", ProfileFormat.VERSION);
    json.writeStringField("manifest", profile.manifest().toString());
    json.writeStringField("command", profile.command().digest().toString());
    json.writeArrayFieldStart("args");
    for (String arg : TraceFormat.shown(profile.args())) {
      json.writeString(wellFormed(arg));
    }
    json.writeEndArray();
    json.writeNumberField("runs", profile.runs());
    json.writeStringField("updated", profile.updated().toString());
    json.writeBooleanField("pinned", profile.pinned());
    json.writeArrayFieldStart("paths");
    for (ProfiledPath path : profile.paths()) {
      write(json, path);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, ProfiledPath path) throws IOException {
    json.writeStartObject();
    json.writeStringField("path", path.path());
    json.writeNumberField("inode", path.inode());
    json.writeArrayFieldStart("ranges");
    for (ProfileRange range : path.ranges()) {
      json.writeStartObject();
      json.writeNumberField("offset", range.offset());
      json.writeNumberField("length", range.length());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("firstMicros", path.firstMicros());
    json.writeNumberField("runs", path.runs());
    json.writeNumberField("missing", path.missing());
    json.writeEndObject();
  }
}
