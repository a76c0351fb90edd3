package dev.sway.formats.layer;

import java.io.InputStream;

/// How much of an archive is read, so that a small one cannot keep its reader busy for ever or fill
/// its disk.
///
/// @param entries of all layers together
/// @param tarBytes of one compressed layer or archive, decompressed, however large it is
/// @param freeBytes that each of them may decompress to
/// @param expansion how many bytes more it may decompress to for each byte that it has
public record LayerLimits(long entries, long tarBytes, long freeBytes, int expansion) {
  /// Twice the entries that an index is designed for, and more bytes than any image has. Text
  /// shrinks to a twentieth, repetitive logs to a hundredth; what shrinks further is nothing but
  /// zeros, of which four gigabytes are taken nonetheless.
  public static final LayerLimits DEFAULT = new LayerLimits(20_000_000, 1L << 40, 4L << 30, 250);

  /// How many bytes may come of `compressed` ones.
  long tarBytes(long compressed) {
    return Math.min(tarBytes, freeBytes + Math.min(compressed, tarBytes) * expansion);
  }

  /// `decompressed`, which is refused as a bad archive where it goes on beyond these limits.
  ///
  /// @param compressed how many bytes it is made of
  /// @param name names it in errors
  public InputStream bound(InputStream decompressed, long compressed, String name) {
    return limited(decompressed, compressed, name);
  }

  LimitedStream limited(InputStream decompressed, long compressed, String name) {
    return new LimitedStream(decompressed, compressed, tarBytes(compressed), name);
  }
}
