package dev.sway.formats.layer;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/// How a tar is compressed, told by its first bytes: media types are often missing and sometimes
/// wrong.
public enum Decompression {
  NONE(""),
  GZIP("1f8b"),
  ZSTD("28b52ffd"),
  /// Its first three bytes alone, "BZh", may well be the name of a tar's first file.
  BZIP2("425a683[1-9]314159265359"),
  XZ("fd377a585a00");

  private static final int MAGIC_BYTES = 10;
  private static final int BUFFER = 1 << 16;

  private final Pattern magic;

  Decompression(String magic) {
    this.magic = Pattern.compile(magic);
  }

  /// How the bytes `offset..offset+size` of `file` are compressed.
  public static Decompression detect(ContentFile file, long offset, long size) throws IOException {
    String head = HexFormat.of().formatHex(file.stream(offset, size).readNBytes(MAGIC_BYTES));
    return Arrays.stream(values())
        .filter(candidate -> candidate != NONE && candidate.magic.matcher(head).lookingAt())
        .findFirst()
        .orElse(NONE);
  }

  /// A stream of what `in` holds once decompressed; `name` names it in errors.
  public InputStream open(InputStream in, String name) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER);
      case ZSTD -> new ZstdInputStream(in).setContinuous(false);
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case XZ -> new XzStream(in, name);
    };
  }
}
