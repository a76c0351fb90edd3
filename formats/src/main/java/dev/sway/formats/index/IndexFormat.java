package dev.sway.formats.index;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import java.nio.charset.StandardCharsets;

/// The index: one LMDB file with eight named databases. Keys are big-endian, so that LMDB's byte
/// order is the order of numbers; values are little-endian. All integers are unsigned unless a
/// signed one is named.
///
/// | database | key | value |
/// |---|---|---|
/// | `meta` | `format` | "SWAYINDX", u32 version, u32 cutting, u64 inodes, u64 entries, u32 chunks, u32 packs |
/// | `dirent` | u64 parent inode, name (1 to 255 bytes) | u64 inode, u32 mode |
/// | `inode` | u64 inode | inode record, then the text of a symbolic link |
/// | `xattr` | u64 inode, name (1 to 255 bytes) | the attribute's value |
/// | `extent` | u64 inode | extent record*, by file offset |
/// | `chunk` | u32 chunk | 32 bytes SHA-256 of the content, u32 pack, u64 offset, u32 stored length, u32 content length |
/// | `pack` | u32 pack | 32 bytes SHA-256 of the pack file, u64 size |
/// | `block` | u32 chunk | 32 bytes: the root of the [dev.sway.formats.chunk.BlockTree] over the content |
///
/// ```
/// inode record  := u32 mode, u32 uid, u32 gid, u32 links, u64 size, i64 mtime seconds, u32 mtime nanoseconds,
///                  u32 device major, u32 device minor, u32 flags (1: has xattrs)                                 (48 bytes)
/// extent record := u64 file offset, u32 chunk, u32 offset in the chunk's content, u32 length, u32 zero            (24 bytes)
/// ```
///
/// `cutting` is [dev.sway.formats.chunk.ChunkFormat#CUTTING] where the files were cut into chunks
/// by these very rules, 0 where they are unknown: a hint for who cuts a similar tree, and nothing
/// that a reader needs.
///
/// `block` has a record for each chunk, or for none; a file of before it was known lacks the
/// database. Hot packs need it, and nothing else.
///
/// Inode numbers are `st_ino`: the root is 1, and the entries of a directory that are met first in
/// it are numbered in a row. Extents do not overlap; what lies between them, and after the last up
/// to the size, are zeros. Entries are keyed by parent and name because LMDB's keys have at most
/// 511 bytes.
///
/// The file is written in key order in one transaction and copied compactly, so that the same tree
/// gives the same bytes (on machines with the same page size).
///
/// Versions: 1 is the first and only one.
public final class IndexFormat {
  /// The version written, and the newest read.
  public static final int VERSION = 1;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  /// How far back the zstd frame refers that an index is sent in, 2^17 bytes: whoever decompresses
  /// it as it comes needs that much memory, most of it for the first time. The 4 MiB of a whole
  /// index compress it 3 % better, and take longer to be touched than to be filled.
  public static final int WINDOW_LOG = 17;

  /// What is accepted at most: 2^23 bytes, which every decoder should take (RFC 8878, 3.1.1.1.2).
  /// Earlier versions wrote frames with half of that.
  public static final int MAX_WINDOW_LOG = 23;

  static final byte[] SIGNATURE = "SWAYINDX".getBytes(StandardCharsets.US_ASCII);
  static final byte[] META_KEY = "format".getBytes(StandardCharsets.US_ASCII);

  static final String META = "meta";
  static final String DIRENT = "dirent";
  static final String INODE = "inode";
  static final String XATTR = "xattr";
  static final String EXTENT = "extent";
  static final String CHUNK = "chunk";
  static final String PACK = "pack";
  static final String BLOCK = "block";
  static final int DATABASES = 8;

  static final int META_BYTES = 8 + 4 + 4 + 8 + 8 + 4 + 4;
  static final int DIRENT_BYTES = 8 + 4;
  static final int INODE_BYTES = 4 * 4 + 8 + 8 + 4 * 4;
  static final int EXTENT_BYTES = 8 + 4 * 4;
  static final int CHUNK_BYTES = Digest.BYTES + 4 + 8 + 4 + 4;
  static final int PACK_BYTES = Digest.BYTES + 8;

  /// The longest key: an inode number and a name.
  static final int MAX_KEY = 8 + ByteName.MAX_BYTES;

  /// In an inode's flags: the inode has extended attributes.
  static final int HAS_XATTRS = 1;

  private IndexFormat() {}
}
