package dev.sway.formats.layer;

import dev.sway.formats.id.ByteName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What every inode has, whatever its type.
///
/// @param permissions permission, setuid, setgid and sticky bits, 0 to 07777
/// @param uid owner, unsigned
/// @param gid group, unsigned
/// @param mtimeSeconds modification time, seconds since 1970, possibly negative
/// @param mtimeNanos nanoseconds after that, 0 to 999,999,999
/// @param xattrs extended attributes; the values must not be changed
public record Attributes(
    int permissions,
    int uid,
    int gid,
    long mtimeSeconds,
    int mtimeNanos,
    SortedMap<ByteName, byte[]> xattrs) {
  /// A directory that no archive names but whose children it has: root's, 0755, of 1970.
  public static final Attributes IMPLIED_DIRECTORY =
      new Attributes(0755, 0, 0, 0, 0, Collections.emptySortedMap());

  public Attributes {
    xattrs =
        xattrs.isEmpty()
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(xattrs));
  }
}
