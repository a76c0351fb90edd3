package dev.sway.formats.trace;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.stream.JsonFrameReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Reads traces as [TraceFormat] says, whoever wrote them: nothing is believed before it is within
/// its bounds.
public final class TraceReader {
  private static final Map<String, Operation> OPERATIONS = Words.all(Operation.values());
  private static final Map<String, ServedFrom> PLACES = Words.all(ServedFrom.values());
  private static final Map<String, Mark> MARKS = Words.all(Mark.values());

  private TraceReader() {}

  /// Reads a trace; `name` names it in errors.
  ///
  /// @throws CorruptException where the bytes do not match the format
  /// @throws UnsupportedVersionException where the version is too old or too new
  public static Trace read(byte[] bytes, String name)
      throws CorruptException, UnsupportedVersionException {
    return JsonFrameReader.read(
        bytes, TraceFormat.MAX_BYTES, TraceFormat.MAX_BYTES, "trace " + name, TraceReader::trace);
  }

  /// The same from a stream, of which no more is read than a trace may have. It stays open.
  ///
  /// @throws IOException what `in` throws
  public static Trace read(InputStream in, String name) throws IOException {
    return read(in.readNBytes(TraceFormat.MAX_BYTES + 1), name);
  }

  /// Reads the header of a trace alone, which is what it says of the run; what comes behind it is
  /// not looked at, nor the checksum. Otherwise like [#read].
  public static TraceHeader readHeader(byte[] bytes, String name)
      throws CorruptException, UnsupportedVersionException {
    return JsonFrameReader.readBeginning(
        bytes, TraceFormat.MAX_BYTES, TraceFormat.MAX_BYTES, "trace " + name, TraceReader::header);
  }

  private static Trace trace(JsonFrameReader json) throws IOException {
    TraceHeader header = header(json);
    List<Access> accesses = new ArrayList<>();
    while (true) {
      json.beginObject();
      String first = json.nextName();
      if ("accesses".equals(first)) {
        break;
      }
      if (!"micros".equals(first)) {
        throw json.corrupt("begins neither an access nor the end here; is it truncated?", null);
      }
      if (accesses.size() == TraceFormat.MAX_ACCESSES) {
        throw json.corrupt("has more than " + TraceFormat.MAX_ACCESSES + " accesses", null);
      }
      accesses.add(access(json));
    }
    long count = json.numberValue("accesses", 0, TraceFormat.MAX_ACCESSES);
    if (count != accesses.size()) {
      throw json.corrupt(
          "has %d accesses, its end says %d".formatted(accesses.size(), count), null);
    }
    json.endObject();
    return new Trace(header, accesses);
  }

  private static TraceHeader header(JsonFrameReader json) throws IOException {
    int version =
        json.format(
            TraceFormat.NAME, TraceFormat.OLDEST_VERSION, TraceFormat.VERSION, TraceFormat.REMEDY);
    TraceHeader header =
        new TraceHeader(
            json.text("run", TraceFormat.MAX_TEXT),
            json.text("image", TraceFormat.MAX_TEXT),
            json.digest("manifest"),
            new CommandKey(json.digest("command")),
            json.texts("args", TraceFormat.MAX_ARGS, TraceFormat.MAX_ARGS_LENGTH),
            json.instant("started"),
            json.flag("cold"),
            (int) json.number("exitCode", Integer.MIN_VALUE, Integer.MAX_VALUE),
            json.number("lost", 0, TraceFormat.MAX_NUMBER),
            json.number("fetchedBytes", 0, TraceFormat.MAX_NUMBER),
            json.number("requests", 0, TraceFormat.MAX_NUMBER),
            json.number("packBytes", 0, TraceFormat.MAX_NUMBER),
            prefetch(json, version),
            marks(json));
    json.endObject();
    TraceFormat.check(header);
    return header;
  }

  private static PrefetchSummary prefetch(JsonFrameReader json, int version) throws IOException {
    json.beginObject("prefetch");
    PrefetchSummary prefetch =
        new PrefetchSummary(
            json.text("policy", TraceFormat.MAX_TEXT),
            json.text("profile", TraceFormat.MAX_TEXT),
            json.text("origin", TraceFormat.MAX_TEXT),
            json.number("chunks", 0, TraceFormat.MAX_NUMBER),
            version < TraceFormat.SEGMENTS_VERSION
                ? 0
                : json.number("segments", 0, TraceFormat.MAX_NUMBER),
            json.number("fetchedBytes", 0, TraceFormat.MAX_NUMBER),
            json.number("pushedBytes", 0, TraceFormat.MAX_NUMBER),
            json.text("outcome", TraceFormat.MAX_TEXT));
    json.endObject();
    return prefetch;
  }

  private static Map<Mark, Long> marks(JsonFrameReader json) throws IOException {
    json.beginObject("marks");
    Map<Mark, Long> marks = new EnumMap<>(Mark.class);
    for (String word = json.nextName(); word != null; word = json.nextName()) {
      Mark mark = MARKS.get(word);
      long micros = json.numberValue(word, 0, TraceFormat.MAX_NUMBER);
      if (mark == null || marks.put(mark, micros) != null) {
        throw json.corrupt(
            "'%s' is no mark, or comes twice; marks are %s".formatted(word, MARKS.keySet()), null);
      }
    }
    return marks;
  }

  private static Access access(JsonFrameReader json) throws IOException {
    Access access =
        new Access(
            json.numberValue("micros", -TraceFormat.MAX_NUMBER, TraceFormat.MAX_NUMBER),
            json.word("operation", OPERATIONS),
            json.number("inode", 0, TraceFormat.MAX_NUMBER),
            json.text("path", TraceFormat.MAX_PATH),
            json.number("offset", 0, TraceFormat.MAX_NUMBER),
            (int) json.number("length", 0, Integer.MAX_VALUE),
            (int) json.number("process", 0, Integer.MAX_VALUE),
            json.text("program", TraceFormat.MAX_PROGRAM),
            json.number("waitMicros", 0, TraceFormat.MAX_NUMBER),
            json.word("from", PLACES),
            json.flag("failed"));
    json.endObject();
    TraceFormat.check(access);
    return access;
  }
}
