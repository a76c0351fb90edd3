package dev.sway.formats.tree;

import java.util.Optional;

/// The type of an inode, with its bits in `st_mode` (`S_IFMT`, inode(7)).
public enum FileType {
  FIFO(0x1000),
  CHARACTER_DEVICE(0x2000),
  DIRECTORY(0x4000),
  BLOCK_DEVICE(0x6000),
  REGULAR(0x8000),
  SYMLINK(0xA000);

  /// The bits of `st_mode` that tell the type.
  public static final int MASK = 0xF000;

  private final int bits;

  FileType(int bits) {
    this.bits = bits;
  }

  /// The type's bits in `st_mode`.
  public int bits() {
    return bits;
  }

  /// The type in `mode`, or empty for bits that mean none of these.
  public static Optional<FileType> ofMode(int mode) {
    for (FileType type : values()) {
      if (type.bits == (mode & MASK)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
