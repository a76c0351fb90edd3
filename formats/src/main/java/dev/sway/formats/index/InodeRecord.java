package dev.sway.formats.index;

/// The attributes of one inode, as `stat` shows them.
///
/// @param number `st_ino`
/// @param mode type and permissions, `st_mode`
/// @param uid owner, unsigned
/// @param gid group, unsigned
/// @param links `st_nlink`
/// @param size `st_size` in bytes
/// @param mtimeSeconds seconds since 1970
/// @param mtimeNanos nanoseconds after that
/// @param deviceMajor of a device
/// @param deviceMinor of a device
/// @param hasXattrs whether there are extended attributes
public record InodeRecord(
    long number,
    int mode,
    int uid,
    int gid,
    int links,
    long size,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor,
    boolean hasXattrs) {}
