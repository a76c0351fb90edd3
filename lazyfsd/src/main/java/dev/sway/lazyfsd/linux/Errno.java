package dev.sway.lazyfsd.linux;

/// The error numbers that this program meets or answers with, as on x86-64 and AArch64 (`errno(3)`,
/// `asm-generic/errno.h`).
public enum Errno {
  EPERM(1, "operation not permitted"),
  ENOENT(2, "no such file or directory"),
  ESRCH(3, "no such process"),
  EINTR(4, "interrupted system call"),
  EIO(5, "input/output error"),
  ENXIO(6, "no such device or address"),
  E2BIG(7, "argument list too long"),
  EBADF(9, "bad file descriptor"),
  EAGAIN(11, "resource temporarily unavailable"),
  EACCES(13, "permission denied"),
  EBUSY(16, "device or resource busy"),
  ENODEV(19, "no such device"),
  ENOTDIR(20, "not a directory"),
  EISDIR(21, "is a directory"),
  EINVAL(22, "invalid argument"),
  ENOSPC(28, "no space left on device"),
  EROFS(30, "read-only file system"),
  ERANGE(34, "result too large"),
  ENAMETOOLONG(36, "file name too long"),
  ENOSYS(38, "function not implemented"),
  ENODATA(61, "no data available"),
  ECONNABORTED(103, "software caused connection abort");

  private final int number;
  private final String text;

  Errno(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /// The number, positive.
  public int number() {
    return number;
  }

  /// What `strerror` says of `number`, or the number where it is none of these.
  public static String describe(int number) {
    for (Errno errno : values()) {
      if (errno.number == number) {
        return errno.text;
      }
    }
    return "errno " + number;
  }
}
