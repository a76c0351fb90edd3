package dev.sway.formats.manifest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jspecify.annotations.Nullable;

/// The manifest: canonical JSON, at most [#MAX_BYTES] long.
///
/// Canonical means that one manifest has one encoding, so that its digest identifies the image:
/// UTF-8, members sorted by name, no white space, integers without exponent or fraction, every
/// member present, no member unknown. A reader encodes again what it read and refuses bytes that
/// differ.
///
/// ```
/// manifest   := {"config":config,"format":"sway-manifest","index":index,"packs":[pack*],"source":source,"statistics":statistics,"version":1}
/// config     := {"architecture":s,"cmd":[s*],"entrypoint":[s*],"env":["NAME=VALUE"*],"labels":{s:s*},"os":s,"stopSignal":s,"user":s,"workingDir":s}
/// index      := {"contentDigest":digest,"contentSize":n,"digest":digest,"size":n}
/// pack       := {"chunks":n,"contentSize":n,"digest":digest,"size":n}
/// source     := {"id":digest,"transport":s}
/// statistics := {"entries":n,"fileBytes":n,"files":n}
/// digest     := "sha256:" and 64 lower-case hexadecimal digits
/// ```
///
/// Version 1 is the only one.
public final class ManifestFormat {
  /// The value of the member `format`.
  public static final String NAME = "sway-manifest";

  /// The version written, and the newest read.
  public static final int VERSION = 1;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  /// A manifest's greatest size: 64 Ki packs of about 200 bytes each are 13 MiB.
  public static final int MAX_BYTES = 16 << 20;

  /// The greatest number of packs, so that a pack's ordinal fits 16 bits.
  public static final int MAX_PACKS = 1 << 16;

  /// The greatest index, compressed or not: ten million entries take about 2 GiB.
  public static final long MAX_INDEX_BYTES = 64L << 30;

  /// The greatest pack; writers stay near 32 MiB.
  public static final long MAX_PACK_BYTES = 1L << 30;

  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxNumberLength(20)
                          .maxStringLength(MAX_BYTES)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private ManifestFormat() {}

  static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /// Half of a surrogate pair, which JSON can escape, has no UTF-8 and so no canonical form. A null
  /// comes from JSON only.
  static void requireText(@Nullable String text) {
    require(
        text != null
            && text.codePoints()
                .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE),
        "a text that is null or has half of a surrogate pair");
  }

  static void requireSize(long value, long limit, String what) {
    require(value >= 0 && value <= limit, "%s %d is outside 0..%d".formatted(what, value, limit));
  }
}
