package dev.sway.formats.read;

import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.InodeRecord;
import java.io.IOException;

/// The extents of files.
public final class Extents {
  /// They are looked up for this much of a file at a time, so that memory does not depend on the
  /// file's size.
  static final long WINDOW = 64L << 20;

  private Extents() {}

  /// Takes extents.
  @FunctionalInterface
  public interface Sink {
    /// Takes the next extent.
    void accept(Extent extent) throws IOException;
  }

  /// Shows the extents of an inode to `sink`, in order; there are none of what is not a file.
  public static void each(IndexReader index, InodeRecord inode, Sink sink) throws IOException {
    long done = 0;
    for (long from = 0; from < inode.size(); from = Math.max(done, from + WINDOW)) {
      long start = from;
      for (Extent extent : index.read(session -> session.extents(inode.number(), start, WINDOW))) {
        sink.accept(extent);
        done = extent.fileOffset() + extent.length();
      }
    }
  }
}
