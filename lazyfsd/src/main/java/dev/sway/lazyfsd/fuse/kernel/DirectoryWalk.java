package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;

/// Goes through a directory from where the kernel is.
///
/// The offsets that the kernel hands back are the server's to choose: 1 is behind `.`, 2 behind
/// `..`, and 2 plus a position of [ImageView#entries] behind the entry before that.
final class DirectoryWalk {
  private static final int DOTS = 2;

  private DirectoryWalk() {}

  /// Fills `page` from `offset` on: 0 for the beginning, or what the last entry that was taken
  /// said.
  ///
  /// @param plus whether with attributes
  static void fill(ImageView view, long directory, long offset, DirectoryPage page, boolean plus)
      throws IOException {
    // The kernel knows the parent; the number that is shown for it is nobody's business.
    if ((offset < 1 && !page.addDot(".", directory, 1, plus))
        || (offset < DOTS && !page.addDot("..", directory, DOTS, plus))) {
      return;
    }
    long position = Math.max(0, offset - DOTS);
    if (plus) {
      view.entriesPlus(
          directory, position, (name, record, next) -> page.add(name, record, next + DOTS));
    } else {
      view.entries(
          directory,
          position,
          (name, inode, mode, next) -> page.add(name, inode, mode, next + DOTS));
    }
  }
}
