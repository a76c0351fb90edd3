package dev.sway.formats.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// JSON in one zstd frame with a content checksum: what `zstdcat FILE | jq` prints. Values at the
/// top level end with a line feed.
public final class JsonFrame {
  static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .rootValueSeparator("\n")
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxNumberLength(20)
                  .maxNameLength(64)
                  .maxStringLength(1 << 17)
                  .build())
          .build();

  private static final int LEVEL = 3;

  /// Writes values.
  @FunctionalInterface
  public interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  private JsonFrame() {}

  /// The frame with the values that `body` writes.
  public static byte[] write(Body body) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      body.write(json);
    } catch (IOException e) {
      throw new IllegalStateException("what is written to memory only cannot be written", e);
    }
    text.write('\n');
    try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      return zstd.setLevel(LEVEL).setChecksum(true).compress(text.toByteArray());
    }
  }

  /// `text` without halves of surrogate pairs, which UTF-8 does not have; each becomes a `?`.
  public static String wellFormed(String text) {
    if (isWellFormed(text)) {
      return text;
    }
    StringBuilder whole = new StringBuilder();
    text.codePoints().map(c -> isSurrogate(c) ? '?' : c).forEach(whole::appendCodePoint);
    return whole.toString();
  }

  /// Whether `text` has no half of a surrogate pair.
  static boolean isWellFormed(String text) {
    for (int at = 0; at < text.length(); at++) {
      if (Character.isSurrogate(text.charAt(at))) {
        return text.codePoints().noneMatch(JsonFrame::isSurrogate);
      }
    }
    return true;
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
