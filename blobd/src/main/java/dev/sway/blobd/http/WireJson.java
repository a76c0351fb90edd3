package dev.sway.blobd.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The JSON of requests and answers: records, every member present, no member unknown. A record
/// that an older program must be able to read from a newer one says so with
/// `@JsonIgnoreProperties(ignoreUnknown = true)`.
///
/// Thread-safe.
public final class WireJson {
  /// A script of 8 MiB in base64 and more. What is read is in memory already, in no more bytes than
  /// its reader has allowed.
  private static final int MAX_STRING = 16 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(16)
                          .maxNumberLength(20)
                          .maxStringLength(MAX_STRING)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private WireJson() {}

  /// The UTF-8 bytes of `value`, without white space.
  public static byte[] write(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not made for JSON: " + value.getClass().getName(), e);
    }
  }

  /// Reads a value from its tokens, for whom a reader made by Jackson's mapper takes too long to
  /// make.
  @FunctionalInterface
  public interface Reader<T> {
    /// Reads the value whose first token is the next one, to its end.
    ///
    /// @throws JsonProcessingException where it has another shape
    T read(JsonParser json) throws IOException;
  }

  /// Reads one value of `type`; `what` names the bytes in errors.
  ///
  /// @throws SwayException of kind `usage` where the bytes are not JSON of that shape
  public static <T> T read(byte[] bytes, Class<T> type, String what) throws SwayException {
    return understood(() -> JSON.readValue(bytes, type), what);
  }

  /// Reads one value with `reader`; `what` names the bytes in errors.
  ///
  /// @throws SwayException of kind `usage` where the bytes are not JSON of that shape
  public static <T> T read(byte[] bytes, Reader<T> reader, String what) throws SwayException {
    return understood(
        () -> {
          try (JsonParser json = JSON.getFactory().createParser(bytes)) {
            T value = reader.read(json);
            if (json.nextToken() != null) {
              throw new JsonParseException(json, "more than one value");
            }
            return value;
          }
        },
        what);
  }

  @FunctionalInterface
  private interface Reading<T> {
    @Nullable T read() throws IOException;
  }

  private static <T> T understood(Reading<T> reading, String what) throws SwayException {
    try {
      T value = reading.read();
      if (value == null) {
        throw new SwayException(FailureKind.USAGE, what + " is null");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new SwayException(FailureKind.USAGE, what + " is not understood: " + reason(e), e);
    } catch (SwayException e) {
      throw e;
    } catch (IOException e) {
      throw new SwayException(FailureKind.USAGE, what + " is not JSON", e);
    }
  }

  /// Jackson's reason, without its advice to Java programmers.
  private static String reason(JsonProcessingException thrown) {
    return String.valueOf(thrown.getOriginalMessage())
        .replaceFirst("(?s) \\((?:index|class) .*", "");
  }
}
