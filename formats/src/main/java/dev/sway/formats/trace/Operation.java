package dev.sway.formats.trace;

/// What was asked of a file system.
public enum Operation {
  LOOKUP,
  GETATTR,
  READLINK,
  READ,
  READDIR,
  GETXATTR,
  LISTXATTR,
  STATFS,
  LSEEK
}
