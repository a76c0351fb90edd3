package dev.sway.formats.layer;

import dev.sway.formats.id.ByteName;
import java.util.Map;

/// What an entry of a layer may be; an `IllegalArgumentException` says why one may not.
final class EntryRules {
  private static final int MAX_SYMLINK_TARGET = 4095;

  /// `XATTR_SIZE_MAX` of Linux.
  private static final int MAX_XATTR_VALUE = 1 << 16;

  private EntryRules() {}

  static EntryPath requireName(EntryPath path) {
    if (path.isRoot()) {
      throw new IllegalArgumentException("the root can only be a directory");
    }
    return path;
  }

  static void requireXattrs(Map<ByteName, byte[]> xattrs) {
    xattrs.forEach((name, value) -> {
      if (name.length() == 0
          || name.length() > ByteName.MAX_BYTES
          || name.contains((byte) 0)
          || value.length > MAX_XATTR_VALUE) {
        throw new IllegalArgumentException(
            "its xattr '%s' has a name of %d bytes and a value of %d, outside 1..%d and 0..%d"
                .formatted(name, name.length(), value.length, ByteName.MAX_BYTES, MAX_XATTR_VALUE));
      }
    });
  }

  static ByteName target(ByteName target) {
    if (target.length() == 0 || target.length() > MAX_SYMLINK_TARGET) {
      throw new IllegalArgumentException(
          "a symlink target of " + target.length() + " bytes, outside 1.." + MAX_SYMLINK_TARGET);
    }
    if (target.contains((byte) 0)) {
      throw new IllegalArgumentException("its symlink target contains a NUL");
    }
    return target;
  }
}
