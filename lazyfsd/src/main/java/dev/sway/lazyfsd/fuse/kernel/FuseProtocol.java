package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.trace.Operation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The FUSE protocol between the kernel and a server, as far as a read-only file system needs it:
/// version 7.40, from `include/uapi/linux/fuse.h` of Linux 6.18.
///
/// Every message is one read(2) or write(2) on `/dev/fuse`, in the byte order of the machine;
/// numbers are naturally aligned. A request is an *in header*, then the operation's arguments:
///
/// | at | size | in header |
/// |---|---|---|
/// | 0 | 4 | length of the whole message |
/// | 4 | 4 | operation |
/// | 8 | 8 | unique: names the request; bit 63 says that it was sent before |
/// | 16 | 8 | node id of the inode it is about |
/// | 24 | 4 | user |
/// | 28 | 4 | group |
/// | 32 | 4 | process |
/// | 36 | 2 | length of extensions, in units of 8 bytes |
/// | 38 | 2 | unused |
///
/// An answer is an *out header*, then, if it is no error, what the operation returns:
///
/// | at | size | out header |
/// |---|---|---|
/// | 0 | 4 | length of the whole message |
/// | 4 | 4 | 0, or the negative error number; in a notification its code |
/// | 8 | 8 | unique of the request; 0 in a notification |
///
/// The other layouts stand above the constants that locate their fields. Node ids are the image's
/// inode numbers, so that the server has nothing to remember between requests.
final class FuseProtocol {
  static final int MAJOR = 7;
  static final int MINOR = 40;

  /// The oldest minor version that this server speaks to: 7.36 (Linux 5.17) has the second half of
  /// the flags.
  static final int OLDEST_MINOR = 36;

  static final int IN_HEADER = 40;
  static final int IN_LENGTH = 0;
  static final int IN_OPCODE = 4;
  static final int IN_UNIQUE = 8;
  static final int IN_NODE = 16;
  static final int IN_PID = 32;

  static final int OUT_HEADER = 16;
  static final int OUT_LENGTH = 0;
  static final int OUT_ERROR = 4;
  static final int OUT_UNIQUE = 8;

  // Operations.
  static final int LOOKUP = 1;
  static final int FORGET = 2;
  static final int GETATTR = 3;
  static final int READLINK = 5;
  static final int READ = 15;
  static final int STATFS = 17;
  static final int GETXATTR = 22;
  static final int LISTXATTR = 23;
  static final int INIT = 26;
  static final int READDIR = 28;
  static final int INTERRUPT = 36;
  static final int DESTROY = 38;
  static final int BATCH_FORGET = 42;
  static final int READDIRPLUS = 44;
  static final int LSEEK = 46;

  // INIT, in: major 4, minor 4, max_readahead 4, flags 4, flags2 4, unused 44.
  static final int INIT_MAJOR = 0;
  static final int INIT_MINOR = 4;
  static final int INIT_MAX_READAHEAD = 8;
  static final int INIT_FLAGS = 12;
  static final int INIT_IN_FLAGS2 = 16;

  // INIT, out: major 4, minor 4, max_readahead 4, flags 4, max_background 2, congestion_threshold
  // 2, max_write 4, time_gran 4, max_pages 2, map_alignment 2, flags2 4, unused 28.
  static final int INIT_OUT = 64;
  static final int INIT_MAX_BACKGROUND = 16;
  static final int INIT_CONGESTION = 18;
  static final int INIT_MAX_WRITE = 20;
  static final int INIT_TIME_GRAN = 24;
  static final int INIT_MAX_PAGES = 28;
  static final int INIT_OUT_FLAGS2 = 32;

  /// Reads may be under way side by side.
  static final long ASYNC_READ = 1L;

  /// Directories may be read with their entries' attributes.
  static final long DO_READDIRPLUS = 1L << 13;

  /// Direct reads may be under way side by side.
  static final long ASYNC_DIO = 1L << 15;

  /// `ENOSYS` to OPEN means that files need not be opened.
  static final long NO_OPEN_SUPPORT = 1L << 17;

  /// Look-ups and readings of one directory may be under way side by side.
  static final long PARALLEL_DIROPS = 1L << 18;

  /// The kernel enforces POSIX access lists, which it asks for as extended attributes.
  static final long POSIX_ACL = 1L << 20;

  /// `max_pages` counts.
  static final long MAX_PAGES = 1L << 22;

  /// The kernel keeps the texts of symbolic links.
  static final long CACHE_SYMLINKS = 1L << 23;

  /// `ENOSYS` to OPENDIR means that directories need not be opened, and that what was read of them
  /// may be kept.
  static final long NO_OPENDIR_SUPPORT = 1L << 24;

  /// The kernel drops what it has of a file only when it is told to.
  static final long EXPLICIT_INVAL_DATA = 1L << 25;

  /// `flags2` counts.
  static final long INIT_EXT = 1L << 30;

  /// Requests that were not answered can be asked for again.
  static final long HAS_RESEND = 1L << 39;

  // entry: node id 8, generation 8, entry_valid 8, attr_valid 8 (seconds), entry_valid_nsec 4,
  // attr_valid_nsec 4, attr 88.
  static final int ENTRY = 128;
  static final int ENTRY_NODE = 0;
  static final int ENTRY_VALID = 16;
  static final int ENTRY_ATTR_VALID = 24;
  static final int ENTRY_ATTR = 40;

  // attr: ino 8, size 8, blocks 8, atime 8, mtime 8, ctime 8, atimensec 4, mtimensec 4, ctimensec
  // 4, mode 4, nlink 4, uid 4, gid 4, rdev 4, blksize 4, flags 4.
  static final int ATTR = 88;
  static final int ATTR_INO = 0;
  static final int ATTR_SIZE = 8;
  static final int ATTR_BLOCKS = 16;
  static final int ATTR_ATIME = 24;
  static final int ATTR_MTIME = 32;
  static final int ATTR_CTIME = 40;
  static final int ATTR_ATIME_NANOS = 48;
  static final int ATTR_MTIME_NANOS = 52;
  static final int ATTR_CTIME_NANOS = 56;
  static final int ATTR_MODE = 60;
  static final int ATTR_NLINK = 64;
  static final int ATTR_UID = 68;
  static final int ATTR_GID = 72;
  static final int ATTR_RDEV = 76;
  static final int ATTR_BLKSIZE = 80;
  static final int ATTR_FLAGS = 84;

  // GETATTR, out: attr_valid 8 (seconds), attr_valid_nsec 4, unused 4, attr 88.
  static final int GETATTR_OUT = 104;
  static final int GETATTR_VALID = 0;
  static final int GETATTR_ATTR = 16;

  // READ, READDIR and READDIRPLUS, in: fh 8, offset 8, size 4, read_flags 4, lock_owner 8, flags 4,
  // unused 4.
  static final int READ_IN = 40;
  static final int READ_OFFSET = 8;
  static final int READ_SIZE = 16;

  /// Those of open(2) by which the file is read.
  static final int READ_FLAGS = 32;

  /// `O_DIRECT` among [#READ_FLAGS]: the reader goes past the page cache.
  static final int O_DIRECT = System.getProperty("os.arch").equals("aarch64") ? 0x1_0000 : 0x4000;

  // dirent: ino 8, off 8 (where to go on after it), namelen 4, type 4, the name, up to 7 zeros:
  // each begins at a multiple of 8. READDIRPLUS has an entry before each; node id 0 says that it is
  // no look-up.
  static final int DIRENT = 24;
  static final int DIRENT_INO = 0;
  static final int DIRENT_OFF = 8;
  static final int DIRENT_NAMELEN = 16;
  static final int DIRENT_TYPE = 20;

  // GETXATTR, in: size 4, unused 4, the name and a NUL. LISTXATTR the same without name. Out for
  // size 0: size 4, unused 4.
  static final int XATTR_IN = 8;
  static final int XATTR_SIZE = 0;
  static final int XATTR_OUT = 8;

  // LSEEK, in: fh 8, offset 8, whence 4, unused 4. Out: offset 8.
  static final int LSEEK_IN = 24;
  static final int LSEEK_OFFSET = 8;
  static final int LSEEK_WHENCE = 16;
  static final int LSEEK_OUT = 8;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  // STATFS, out: blocks 8, bfree 8, bavail 8, files 8, ffree 8, bsize 4, namelen 4, frsize 4,
  // unused 28.
  static final int STATFS_OUT = 80;
  static final int STATFS_BLOCKS = 0;
  static final int STATFS_FILES = 24;
  static final int STATFS_BSIZE = 40;
  static final int STATFS_NAMELEN = 44;
  static final int STATFS_FRSIZE = 48;

  /// Notification: content for the page cache. After the header: node id 8, offset 8, size 4,
  /// unused 4, then the bytes.
  static final int NOTIFY_STORE = 4;

  static final int STORE = 24;
  static final int STORE_OFFSET = 8;
  static final int STORE_SIZE = 16;

  /// Notification: requests that were handed out and not answered are to be handed out again.
  static final int NOTIFY_RESEND = 7;

  /// The largest answer to READ: 256 pages of 4 KiB.
  static final int MAX_READ = 1 << 20;

  /// What a buffer for requests must hold: the kernel asks for 8 KiB at least, and no request that
  /// a read-only file system gets is longer than a name and its arguments.
  static final int REQUEST_BUFFER = 16 << 10;

  private FuseProtocol() {}

  /// What traces call an operation; null for one that answers no process's question.
  static @Nullable Operation operation(int opcode) {
    return switch (opcode) {
      case LOOKUP -> Operation.LOOKUP;
      case GETATTR -> Operation.GETATTR;
      case READLINK -> Operation.READLINK;
      case READ -> Operation.READ;
      case STATFS -> Operation.STATFS;
      case GETXATTR -> Operation.GETXATTR;
      case LISTXATTR -> Operation.LISTXATTR;
      case READDIR, READDIRPLUS -> Operation.READDIR;
      case LSEEK -> Operation.LSEEK;
      default -> null;
    };
  }

  /// Whether anybody waits for an answer.
  static boolean isAnswered(int opcode) {
    return opcode != FORGET && opcode != BATCH_FORGET && opcode != INTERRUPT;
  }

  /// What people call an operation.
  static String name(int opcode) {
    Operation known = operation(opcode);
    return known == null ? "operation " + opcode : known.name().toLowerCase(Locale.ROOT);
  }
}
