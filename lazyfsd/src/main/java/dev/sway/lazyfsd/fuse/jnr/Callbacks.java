package dev.sway.lazyfsd.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

/// The callbacks of `struct fuse_operations` (libfuse 2.9, `fuse.h`) that a read-only file system
/// has, with paths as the bytes they are: jnr-fuse's own decode them into text, which loses names
/// that are not UTF-8. Each returns 0, a count, or a negative error number.
interface Callbacks {
  interface Getattr {
    @Delegate
    int getattr(Pointer path, Pointer stat);
  }

  interface Readlink {
    @Delegate
    int readlink(Pointer path, Pointer buffer, @size_t long size);
  }

  interface Open {
    @Delegate
    int open(Pointer path, Pointer info);
  }

  interface Read {
    @Delegate
    int read(Pointer path, Pointer buffer, @size_t long size, @off_t long offset, Pointer info);
  }

  interface Statfs {
    @Delegate
    int statfs(Pointer path, Pointer statvfs);
  }

  interface Getxattr {
    @Delegate
    int getxattr(Pointer path, Pointer name, Pointer value, @size_t long size);
  }

  interface Listxattr {
    @Delegate
    int listxattr(Pointer path, Pointer list, @size_t long size);
  }

  interface Readdir {
    @Delegate
    int readdir(Pointer path, Pointer buffer, Pointer filler, @off_t long offset, Pointer info);
  }
}
