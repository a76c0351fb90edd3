package dev.sway.formats.chunk;

/// What a chunk is, and how large one may be.
///
/// A chunk is 1 byte to [#MAX_CONTENT] bytes of content, identified by their SHA-256, and stored as
/// one zstd frame with content size and content checksum. Content that does not shrink needs no
/// case of its own: zstd puts it into raw blocks, at a cost of 3 bytes for each 128 KiB, and the
/// pack around it stays something that `zstd -d` reads.
///
/// A file of [#LARGE_FILE] bytes or more is cut by its own content into chunks of its own. Smaller
/// files follow one another in the order of their paths in chunks that they share (*bundles*); a
/// bundle ends at a file's end, chosen by that file's content. Of a sparse file only its data
/// count, as if there were no holes between them.
public final class ChunkFormat {
  /// The greatest content that a reader accepts; writers stay at or below [#MAX_CUT].
  public static final int MAX_CONTENT = 4 << 20;

  /// The greatest zstd frame of such content: `ZSTD_compressBound` adds 1/256, a checksum 4 bytes.
  public static final int MAX_STORED = MAX_CONTENT + (MAX_CONTENT >> 8) + 64;

  /// Files from this size on have chunks of their own.
  public static final int LARGE_FILE = 64 << 10;

  /// No cut in a large file comes sooner than this.
  static final int MIN_CUT = 128 << 10;

  /// Cuts before this are made unlikely, cuts after it likely, so that sizes gather here.
  static final int TARGET_CUT = 384 << 10;

  /// No chunk of a large file is larger than this.
  public static final int MAX_CUT = 1 << 20;

  /// No bundle ends before this size, except the last.
  static final int MIN_BUNDLE = 256 << 10;

  /// No file is added to a bundle of this size or more, so that none exceeds `MAX_BUNDLE +
  /// LARGE_FILE`.
  static final int MAX_BUNDLE = 768 << 10;

  /// One file in this many ends a bundle that has the minimal size. Files below 64 KiB average 3.5
  /// KiB: 32 of them are 112 KiB.
  static final int BUNDLE_END_ODDS = 32;

  /// Names the rules above, and those of [CutPoints]: an index records them, so that a later writer
  /// knows whether it would cut the same files alike. 0 stands for unknown ones. Who changes what
  /// is cut where, counts this up.
  public static final int CUTTING = 1;

  private ChunkFormat() {}
}
