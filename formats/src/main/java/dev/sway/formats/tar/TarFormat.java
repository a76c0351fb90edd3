package dev.sway.formats.tar;

/// The tar format as far as images use it: POSIX ustar and pax, GNU long names, base-256 numbers
/// and sparse files ([SparseHeader]), and the old v7 header.
///
/// An archive is a sequence of 512-byte blocks. An entry is a header block, then its content padded
/// to a whole block; an entry of type `x`, `g`, `L` or `K` describes the entry after it. At least
/// one block of zeros ends the archive.
///
/// | offset | length | field | encoding |
/// |---:|---:|---|---|
/// | 0 | 100 | name | bytes, NUL-terminated unless full |
/// | 100 | 8 | mode | number |
/// | 108 | 8 | uid | number |
/// | 116 | 8 | gid | number |
/// | 124 | 12 | size | number |
/// | 136 | 12 | mtime | number, seconds |
/// | 148 | 8 | checksum | octal: sum of the block's bytes with this field as spaces |
/// | 156 | 1 | type | one character |
/// | 157 | 100 | link name | as name |
/// | 257 | 8 | magic and version | `ustar\0` `00` (POSIX), `ustar  \0` (GNU) |
/// | 329 | 8 | device major | number |
/// | 337 | 8 | device minor | number |
/// | 345 | 155 | prefix | POSIX only: goes before the name with a `/` |
///
/// A number is octal in ASCII, ended by space or NUL; or, with the top bit of its first byte set,
/// two's complement, big-endian, in the field's other bits (GNU base-256). Sources: POSIX.1-2017
/// `pax`, GNU tar's manual "Basic Tar Format".
final class TarFormat {
  static final int BLOCK = 512;

  static final int NAME = 0;
  static final int NAME_LENGTH = 100;
  static final int MODE = 100;
  static final int UID = 108;
  static final int GID = 116;
  static final int ID_LENGTH = 8;
  static final int SIZE = 124;
  static final int MTIME = 136;
  static final int LONG_LENGTH = 12;
  static final int CHECKSUM = 148;
  static final int TYPE = 156;
  static final int LINK_NAME = 157;
  static final int MAGIC = 257;
  static final int DEVICE_MAJOR = 329;
  static final int DEVICE_MINOR = 337;
  static final int PREFIX = 345;
  static final int PREFIX_LENGTH = 155;

  /// The longest pax header or GNU long name, in bytes. Xattrs of an inode are at most 64 KiB of
  /// names and 64 KiB a value on Linux.
  static final int MAX_EXTENSION = 1 << 20;

  /// The longest path, in bytes: far beyond `PATH_MAX`, short of exhausting anything.
  static final int MAX_PATH = 1 << 16;

  private TarFormat() {}
}
