package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/// Answers libfuse's callbacks from a view. Every method is total: it returns an error number
/// rather than throw. Thread-safe.
final class JnrFileSystem {
  private static final System.Logger LOG = System.getLogger(JnrFileSystem.class.getName());
  private static final int BLOCK = 4096;

  /// `st_blocks` counts in units of 512 bytes, whatever the block size.
  private static final int SECTOR = 512;

  private final ImageView view;

  JnrFileSystem(ImageView view) {
    this.view = view;
  }

  /// An operation on what a path leads to.
  @FunctionalInterface
  private interface Operation {
    int on(long inode) throws IOException;
  }

  int getattr(Pointer path, Pointer stat) {
    return at(
        path,
        "getattr",
        inode -> {
          InodeRecord record = view.attributes(inode);
          if (record == null) {
            return -Errno.ENOENT.number();
          }
          fill(FileStat.of(stat), record);
          return 0;
        });
  }

  int readlink(Pointer path, Pointer buffer, long size) {
    return at(
        path,
        "readlink",
        inode -> {
          ByteName target = view.linkTarget(inode);
          if (target == null || size < 1) {
            return -Errno.EINVAL.number();
          }
          byte[] text = target.bytes();
          int length = (int) Math.min(text.length, size - 1);
          buffer.put(0, text, 0, length);
          buffer.putByte(length, (byte) 0);
          return 0;
        });
  }

  /// Not implemented, on purpose: the kernel then opens files without asking, and reads carry all
  /// that is needed. On Linux the answer holds for the whole mount.
  int open(Pointer path, Pointer info) {
    return -Errno.ENOSYS.number();
  }

  int read(Pointer path, Pointer buffer, long size, long offset, Pointer info) {
    return at(path, "read", inode -> view.read(inode, offset, NativeBytes.segment(buffer, size)));
  }

  int readdir(Pointer path, Pointer buffer, Pointer filler, long offset, Pointer info) {
    return at(
        path,
        "readdir",
        inode -> {
          try (DirectoryFiller entries = new DirectoryFiller(filler, buffer)) {
            entries.add(ByteName.of("."), inode, FileType.DIRECTORY.bits());
            // The kernel knows the parent; the number that readdir shows for it is nobody's
            // business.
            entries.add(ByteName.of(".."), inode, FileType.DIRECTORY.bits());
            view.entries(inode, entries::add);
          }
          return 0;
        });
  }

  int statfs(Pointer path, Pointer statvfs) {
    ImageView.Totals totals = view.totals();
    Statvfs answer = Statvfs.of(statvfs);
    answer.f_bsize.set(BLOCK);
    answer.f_frsize.set(BLOCK);
    answer.f_blocks.set((totals.bytes() + BLOCK - 1) / BLOCK);
    answer.f_bfree.set(0);
    answer.f_bavail.set(0);
    answer.f_files.set(totals.inodes());
    answer.f_ffree.set(0);
    answer.f_favail.set(0);
    answer.f_namemax.set(ByteName.MAX_BYTES);
    return 0;
  }

  int getxattr(Pointer path, Pointer name, Pointer value, long size) {
    return at(
        path,
        "getxattr",
        inode -> {
          byte[] bytes = view.xattr(inode, NativeBytes.name(name));
          return bytes == null ? -Errno.ENODATA.number() : answer(bytes, value, size);
        });
  }

  int listxattr(Pointer path, Pointer list, long size) {
    return at(
        path,
        "listxattr",
        inode -> {
          List<ByteName> names = view.xattrNames(inode);
          ByteBuffer joined =
              ByteBuffer.allocate(names.stream().mapToInt(name -> name.length() + 1).sum());
          names.forEach(name -> joined.put(name.bytes()).put((byte) 0));
          return answer(joined.array(), list, size);
        });
  }

  /// A size of 0 asks how much there is.
  private static int answer(byte[] bytes, Pointer target, long size) {
    if (size == 0) {
      return bytes.length;
    }
    if (bytes.length > size) {
      return -Errno.ERANGE.number();
    }
    target.put(0, bytes, 0, bytes.length);
    return bytes.length;
  }

  private static void fill(FileStat stat, InodeRecord record) {
    stat.st_ino.set(record.number());
    stat.st_mode.set(record.mode());
    stat.st_nlink.set(record.links());
    stat.st_uid.set(Integer.toUnsignedLong(record.uid()));
    stat.st_gid.set(Integer.toUnsignedLong(record.gid()));
    stat.st_rdev.set(deviceNumber(record));
    stat.st_size.set(record.size());
    stat.st_blksize.set(BLOCK);
    stat.st_blocks.set(isRegular(record) ? (record.size() + SECTOR - 1) / SECTOR : 0);
    stat.st_mtim.tv_sec.set(record.mtimeSeconds());
    stat.st_mtim.tv_nsec.set(record.mtimeNanos());
    stat.st_ctim.tv_sec.set(record.mtimeSeconds());
    stat.st_ctim.tv_nsec.set(record.mtimeNanos());
    stat.st_atim.tv_sec.set(record.mtimeSeconds());
    stat.st_atim.tv_nsec.set(record.mtimeNanos());
  }

  private static boolean isRegular(InodeRecord record) {
    return (record.mode() & FileType.MASK) == FileType.REGULAR.bits();
  }

  /// `makedev(3)`.
  private static long deviceNumber(InodeRecord record) {
    long major = record.deviceMajor();
    long minor = record.deviceMinor();
    return (minor & 0xff)
        | ((major & 0xfff) << 8)
        | ((minor & ~0xffL) << 12)
        | ((major & ~0xfffL) << 32);
  }

  private int at(Pointer path, String operation, Operation work) {
    try {
      long inode = resolve(path);
      return inode > 0 ? work.on(inode) : (int) inode;
    } catch (Throwable e) {
      report(operation, path, e);
      return -Errno.EIO.number();
    }
  }

  /// The inode at a path, or a negative error number. libfuse passes absolute paths in which the
  /// kernel has followed every symbolic link already.
  private long resolve(Pointer path) throws IOException {
    byte[] bytes = NativeBytes.cStringBytes(path);
    long inode = ImageView.ROOT;
    int start = 1;
    for (int i = 1; i <= bytes.length && inode != 0; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (i - start > ByteName.MAX_BYTES) {
          return -Errno.ENAMETOOLONG.number();
        }
        if (i > start) {
          inode = view.lookup(inode, ByteName.of(bytes, start, i));
        }
        start = i + 1;
      }
    }
    return inode == 0 ? -Errno.ENOENT.number() : inode;
  }

  private static void report(String operation, @Nullable Pointer path, Throwable e) {
    String where = path == null ? "?" : ByteName.printable(NativeBytes.cStringBytes(path));
    LOG.log(
        System.Logger.Level.ERROR,
        "{0} of {1} fails: {2}",
        operation,
        where,
        e instanceof IOException ? e.getMessage() : e.toString());
  }
}
