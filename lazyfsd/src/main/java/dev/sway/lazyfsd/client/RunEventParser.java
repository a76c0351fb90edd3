package dev.sway.lazyfsd.client;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonTokenId;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunResult;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Makes a [RunEvent] of its JSON, token by token. As with [WireJson] itself, no member may be
/// missing, unknown, null, there twice or of another type.
///
/// The readers that Jackson's mapper would make for these records take a client that has just
/// started 10 ms of processor time (`docs/performance.md`), while the worker starts what the client
/// waits for, often on the same machine.
final class RunEventParser {
  /// The member that has bytes, in base64.
  private static final String DATA = "data";

  /// The value of a member that is of no event, or else makes it none.
  private static final Object FOREIGN = new Object();

  private final JsonParser json;

  /// The members of one object that were not asked for yet.
  private final Map<String, Object> members = new HashMap<>();

  private RunEventParser(JsonParser json) {
    this.json = json;
  }

  /// The event in `line`.
  ///
  /// @throws SwayException of kind `usage` where there is none
  static RunEvent parse(byte[] line) throws SwayException {
    return WireJson.read(line, RunEventParser::event, "an event");
  }

  private static RunEvent event(JsonParser json) throws IOException {
    json.nextToken();
    return object(json).event();
  }

  private RunEvent event() throws IOException {
    String name = text("event");
    return switch (name) {
      case "started" -> new RunEvent.Started(whole("seq"), text("id"));
      case "output" -> new RunEvent.Output(whole("seq"), small("stream"), of(byte[].class, DATA));
      case "alive" -> new RunEvent.Alive();
      case "exited" ->
          new RunEvent.Exited(whole("seq"), of(RunEventParser.class, "result").result());
      case "failed" -> new RunEvent.Failed(whole("seq"), text("kind"), text("message"));
      default -> throw refused("no event '%s'".formatted(name));
    };
  }

  private RunResult result() throws IOException {
    return new RunResult(
        text("id"),
        small("exitCode"),
        of(RunEventParser.class, "seconds").seconds(),
        whole("fetchedBytes"),
        whole("rangeRequests"),
        whole("imagePackBytes"),
        of(Boolean.class, "coldMount"));
  }

  private RunResult.Seconds seconds() throws IOException {
    return new RunResult.Seconds(number("total"), number("mount"), number("container"));
  }

  /// The object that begins with the current token.
  private static RunEventParser object(JsonParser json) throws IOException {
    RunEventParser object = new RunEventParser(json);
    if (json.currentTokenId() != JsonTokenId.ID_START_OBJECT) {
      throw object.refused("no object where one is expected");
    }
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      object.members.put(name, object.value(name));
    }
    return object;
  }

  private Object value(String name) throws IOException {
    return switch (json.currentTokenId()) {
      case JsonTokenId.ID_STRING -> name.equals(DATA) ? bytes() : json.getText();
      case JsonTokenId.ID_NUMBER_INT ->
          json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? FOREIGN : json.getLongValue();
      case JsonTokenId.ID_NUMBER_FLOAT -> json.getDoubleValue();
      case JsonTokenId.ID_TRUE, JsonTokenId.ID_FALSE -> json.getBooleanValue();
      case JsonTokenId.ID_START_OBJECT -> object(json);
      default -> {
        json.skipChildren();
        yield FOREIGN;
      }
    };
  }

  private Object bytes() throws IOException {
    try {
      return json.getBinaryValue();
    } catch (JsonParseException e) {
      return FOREIGN;
    }
  }

  private <T> T of(Class<T> type, String name) throws JsonParseException {
    Object value = members.remove(name);
    if (!type.isInstance(value)) {
      throw refused("'%s' is missing, or of another type".formatted(name));
    }
    return type.cast(value);
  }

  private String text(String name) throws JsonParseException {
    return of(String.class, name);
  }

  private long whole(String name) throws JsonParseException {
    return of(Long.class, name);
  }

  private int small(String name) throws JsonParseException {
    long value = whole(name);
    if (value != (int) value) {
      throw refused("'%s' is out of range".formatted(name));
    }
    return (int) value;
  }

  private double number(String name) throws JsonParseException {
    return of(Number.class, name).doubleValue();
  }

  private JsonParseException refused(String why) {
    return new JsonParseException(json, why);
  }
}
