package dev.sway.formats.trace;

import static dev.sway.formats.stream.JsonFrame.wellFormed;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sway.formats.stream.JsonFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Writes traces as [TraceFormat] says.
///
/// What the format has no room for is no reason to lose a trace: accesses beyond its limits, or
/// that no run can make, are left out and counted in `lost`; texts for people are cut.
public final class TraceWriter {
  /// All of a line but its path: names of members 110, numbers 90, the name of a thread that is all
  /// escapes 90, and what else there is.
  private static final int LINE_BYTES = 320;

  private TraceWriter() {}

  /// The bytes of `trace`.
  ///
  /// @throws IllegalArgumentException where a number in its header is impossible
  public static byte[] write(Trace trace) {
    TraceHeader header = trace.header();
    TraceFormat.check(header);
    List<Access> kept = kept(trace.accesses());
    long lost = header.lost() + trace.accesses().size() - kept.size();
    return JsonFrame.write(json -> {
      write(json, header, lost);
      for (Access access : kept) {
        write(json, access);
      }
      json.writeStartObject();
      json.writeNumberField("accesses", kept.size());
      json.writeEndObject();
    });
  }

  /// Writes `trace` to `out`, which stays open.
  ///
  /// @throws IllegalArgumentException where a number in its header is impossible
  public static void write(Trace trace, OutputStream out) throws IOException {
    out.write(write(trace));
  }

  private static List<Access> kept(List<Access> accesses) {
    List<Access> kept = new ArrayList<>();
    long bytes = 0;
    for (Access access : accesses) {
      bytes += LINE_BYTES + escapedLength(access.path());
      if (kept.size() == TraceFormat.MAX_ACCESSES || bytes > TraceFormat.MAX_ACCESS_BYTES) {
        break;
      }
      if (TraceFormat.isPossible(access)) {
        kept.add(access);
      }
    }
    return kept;
  }

  /// How many bytes `text` may take in JSON.
  private static long escapedLength(String text) {
    long length = 0;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      length += character < ' ' ? 6 : character < 0x80 ? 2 : 3;
    }
    return length;
  }

  private static void write(JsonGenerator json, TraceHeader header, long lost) throws IOException {
    json.writeStartObject();
    json.writeStringField("format", TraceFormat.NAME);
    json.writeNumberField("version", TraceFormat.VERSION);
    text(json, "run", header.run());
    text(json, "image", header.image());
    json.writeStringField("manifest", header.manifest().toString());
    json.writeStringField("command", header.command().digest().toString());
    json.writeArrayFieldStart("args");
    for (String arg : TraceFormat.shown(header.args())) {
      json.writeString(wellFormed(arg));
    }
    json.writeEndArray();
    json.writeStringField("started", header.started().toString());
    json.writeBooleanField("cold", header.cold());
    json.writeNumberField("exitCode", header.exitCode());
    json.writeNumberField("lost", lost);
    json.writeNumberField("fetchedBytes", header.fetchedBytes());
    json.writeNumberField("requests", header.requests());
    json.writeNumberField("packBytes", header.packBytes());
    write(json, header.prefetch());
    json.writeObjectFieldStart("marks");
    for (Map.Entry<Mark, Long> mark : header.marks().entrySet()) {
      json.writeNumberField(Words.of(mark.getKey()), mark.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, PrefetchSummary prefetch) throws IOException {
    json.writeObjectFieldStart("prefetch");
    text(json, "policy", prefetch.policy());
    text(json, "profile", prefetch.profile());
    text(json, "origin", prefetch.origin());
    json.writeNumberField("chunks", prefetch.chunks());
    json.writeNumberField("segments", prefetch.segments());
    json.writeNumberField("fetchedBytes", prefetch.fetchedBytes());
    json.writeNumberField("pushedBytes", prefetch.pushedBytes());
    text(json, "outcome", prefetch.outcome());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Access access) throws IOException {
    json.writeStartObject();
    json.writeNumberField("micros", access.micros());
    json.writeStringField("operation", Words.of(access.operation()));
    json.writeNumberField("inode", access.inode());
    json.writeStringField("path", access.path());
    json.writeNumberField("offset", access.offset());
    json.writeNumberField("length", access.length());
    json.writeNumberField("process", access.process());
    json.writeStringField(
        "program", wellFormed(TraceFormat.clipped(access.program(), TraceFormat.MAX_PROGRAM)));
    json.writeNumberField("waitMicros", access.waitMicros());
    json.writeStringField("from", Words.of(access.from()));
    json.writeBooleanField("failed", access.failed());
    json.writeEndObject();
  }

  private static void text(JsonGenerator json, String name, String text) throws IOException {
    json.writeStringField(name, wellFormed(TraceFormat.clipped(text, TraceFormat.MAX_TEXT)));
  }
}
