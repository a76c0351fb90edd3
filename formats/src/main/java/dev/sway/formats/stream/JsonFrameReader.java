package dev.sway.formats.stream;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a [JsonFrame] of which nothing is known, member by member in the order in which they have
/// to come: one that is missing, unknown, doubled or of another type is not the one that is asked
/// for next. Nothing is kept but what the caller keeps. For one thread.
public final class JsonFrameReader {
  private final JsonParser json;
  private final String what;

  /// Reads what is in a frame.
  @FunctionalInterface
  public interface Body<T> {
    T read(JsonFrameReader json) throws IOException;
  }

  private JsonFrameReader(JsonParser json, String what) {
    this.json = json;
    this.what = what;
  }

  /// What `body` reads in `frame`, all of which it has to read.
  ///
  /// @param maxBytes of the frame
  /// @param maxContent bytes to which it may decompress
  /// @param what names it in errors
  /// @throws CorruptException where it is damaged, too large, or not what `body` expects; also
  ///   where that throws an [IllegalArgumentException]
  /// @throws UnsupportedVersionException what `body` throws
  public static <T> T read(byte[] frame, long maxBytes, long maxContent, String what, Body<T> body)
      throws CorruptException, UnsupportedVersionException {
    return read(frame, maxBytes, maxContent, what, true, body);
  }

  /// What `body` reads at the beginning of what is in `frame`: not more than that is decompressed,
  /// hence the frame's checksum is not verified. Otherwise like [#read].
  public static <T> T readBeginning(
      byte[] frame, long maxBytes, long maxContent, String what, Body<T> body)
      throws CorruptException, UnsupportedVersionException {
    return read(frame, maxBytes, maxContent, what, false, body);
  }

  private static <T> T read(
      byte[] frame, long maxBytes, long maxContent, String what, boolean whole, Body<T> body)
      throws CorruptException, UnsupportedVersionException {
    if (frame.length > maxBytes) {
      throw new CorruptException(what, "has more than " + maxBytes + " bytes");
    }
    try (FrameStream content = FrameStream.open(frame, maxContent, what);
        JsonParser json = JsonFrame.JSON.createParser(content)) {
      JsonFrameReader reader = new JsonFrameReader(json, what);
      try {
        T value = body.read(reader);
        if (whole && json.nextToken() != null) {
          throw reader.corrupt("goes on behind its end", null);
        }
        return value;
      } catch (JsonProcessingException e) {
        // Where the frame is damaged, that is what is wrong.
        content.transferTo(OutputStream.nullOutputStream());
        throw reader.corrupt(e.getOriginalMessage(), e);
      } catch (IllegalArgumentException e) {
        throw reader.corrupt(String.valueOf(e.getMessage()), e);
      }
    } catch (CorruptException | UnsupportedVersionException e) {
      throw e;
    } catch (IOException e) {
      throw new CorruptException(what, "cannot be decompressed: " + e.getMessage(), e);
    }
  }

  /// Reads the first members of an object: `format` and `version`.
  ///
  /// @param remedy for a file of a version that is too old
  /// @return the version, one of `oldest` to `newest`
  public int format(String format, int oldest, int newest, String remedy) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT
        || !"format".equals(json.nextFieldName())
        || !format.equals(json.nextTextValue())) {
      throw corrupt("is not a " + format, null);
    }
    long version = number("version", Long.MIN_VALUE, Long.MAX_VALUE);
    UnsupportedVersionException.check(what, version, oldest, newest, remedy);
    return (int) version;
  }

  /// Begins the object that is the next value, unless an array ends here.
  public boolean beginObject() throws IOException {
    JsonToken token = json.nextToken();
    if (token == JsonToken.END_ARRAY) {
      return false;
    }
    require(token == JsonToken.START_OBJECT, "an object", "");
    return true;
  }

  /// Begins the object `name`.
  public void beginObject(String name) throws IOException {
    name(name);
    require(json.nextToken() == JsonToken.START_OBJECT, "the object", name);
  }

  /// Ends an object.
  public void endObject() throws IOException {
    require(json.nextToken() == JsonToken.END_OBJECT, "no more members", "");
  }

  /// Begins the array `name`.
  public void beginArray(String name) throws IOException {
    name(name);
    require(json.nextToken() == JsonToken.START_ARRAY, "the array", name);
  }

  /// The name of the next member of an object; null where that ends.
  public @Nullable String nextName() throws IOException {
    return json.nextFieldName();
  }

  /// The integer `name`.
  public long number(String name, long least, long most) throws IOException {
    name(name);
    return numberValue(name, least, most);
  }

  /// The integer that is the value of the member whose name was read.
  public long numberValue(String name, long least, long most) throws IOException {
    require(json.nextToken() == JsonToken.VALUE_NUMBER_INT, "the integer", name);
    long value = json.getLongValue();
    if (value < least || value > most) {
      throw corrupt("'%s' is %d, not within %d..%d".formatted(name, value, least, most), null);
    }
    return value;
  }

  /// The text `name`, of at most `maxLength` characters.
  public String text(String name, int maxLength) throws IOException {
    name(name);
    require(json.nextToken() == JsonToken.VALUE_STRING, "the text", name);
    return textValue(name, maxLength);
  }

  private String textValue(String name, int maxLength) throws IOException {
    if (json.getTextLength() > maxLength) {
      throw corrupt("'%s' has more than %d characters".formatted(name, maxLength), null);
    }
    String text = json.getText();
    if (!JsonFrame.isWellFormed(text)) {
      throw corrupt("'%s' has half of a surrogate pair".formatted(name), null);
    }
    return text;
  }

  /// The truth value `name`.
  public boolean flag(String name) throws IOException {
    name(name);
    Boolean value = json.nextBooleanValue();
    if (value == null) {
      throw corrupt("has not the truth value '" + name + "' here", null);
    }
    return value;
  }

  /// The one of `words` that the text `name` is.
  public <T> T word(String name, Map<String, T> words) throws IOException {
    String text = text(name, 64);
    T value = words.get(text);
    if (value == null) {
      throw corrupt(
          "'%s' is '%s', which is none of %s".formatted(name, text, words.keySet()), null);
    }
    return value;
  }

  /// The digest `name`.
  public Digest digest(String name) throws IOException {
    String text = text(name, 128);
    return Digest.parse(text)
        .orElseThrow(() -> corrupt("'%s' is no digest: '%s'".formatted(name, text), null));
  }

  /// The instant `name`, in ISO 8601 and UTC.
  public Instant instant(String name) throws IOException {
    String text = text(name, 64);
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw corrupt("'%s' is no time: '%s'".formatted(name, text), e);
    }
  }

  /// The texts in the array `name`.
  ///
  /// @param maxTexts how many it may have
  /// @param maxLength in characters, of all together
  public List<String> texts(String name, int maxTexts, int maxLength) throws IOException {
    beginArray(name);
    List<String> texts = new ArrayList<>();
    int left = maxLength;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      require(json.currentToken() == JsonToken.VALUE_STRING, "a text of", name);
      if (texts.size() == maxTexts) {
        throw corrupt("'%s' has more than %d texts".formatted(name, maxTexts), null);
      }
      String text = textValue(name, left);
      left -= text.length();
      texts.add(text);
    }
    return texts;
  }

  private void name(String name) throws IOException {
    require(name.equals(json.nextFieldName()), "the member", name);
  }

  /// The message is made only where it is needed: this is called for each member.
  private void require(boolean found, String expected, String name) throws CorruptException {
    if (!found) {
      String quoted = name.isEmpty() ? "" : " '" + name + "'";
      throw corrupt("has not " + expected + quoted + " here", null);
    }
  }

  /// What is wrong, and where.
  public CorruptException corrupt(String detail, @Nullable Throwable cause) {
    var place = json.currentLocation();
    String where = "line %d, column %d: ".formatted(place.getLineNr(), place.getColumnNr());
    return cause == null
        ? new CorruptException(what, where + shown(detail))
        : new CorruptException(what, where + shown(detail), cause);
  }

  /// `detail` as it can stand in one line on a terminal: it may quote what is in the file.
  private static String shown(String detail) {
    String bounded = detail.length() > 300 ? detail.substring(0, 300) + "..." : detail;
    return bounded
        .codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
