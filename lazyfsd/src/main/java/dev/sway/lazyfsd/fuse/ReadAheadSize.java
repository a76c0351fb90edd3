package dev.sway.lazyfsd.fuse;

/// How far the kernel reads ahead of a file's reader, and around a page that a mapping lacks.
public enum ReadAheadSize {
  /// As far as an answer may be long, several times: a file that is read from front to back keeps
  /// the server busy.
  LARGE(4096),

  /// As little as costs no time that could be measured: what is asked for is then nearly what is
  /// used. Of a start that uses 23 MB the kernel asks for 32 MB with this, for 70 MB with `LARGE`.
  SMALL(32),

  /// Not at all: what is asked for is what is used, page by page. That costs such a start some
  /// tenth of its time. Who reads a file from front to back is read ahead of by the transport.
  NONE(0);

  private final int kib;

  ReadAheadSize(int kib) {
    this.kib = kib;
  }

  /// In KiB, as the kernel counts it.
  public int kib() {
    return kib;
  }
}
