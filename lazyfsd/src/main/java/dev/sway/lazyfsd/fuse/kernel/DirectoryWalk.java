package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Goes through a directory from where the kernel is.
final class DirectoryWalk {
  private DirectoryWalk() {}

  /// Fills `page` from `offset` on: 0 for the beginning, or what the last entry that was taken
  /// said.
  static void fill(ImageView view, long directory, long offset, DirectoryPage page)
      throws IOException {
    // The kernel knows the parent; the number that is shown for it is nobody's business.
    if ((offset < 1 && !page.addDot(".", directory, 1))
        || (offset < 2 && !page.addDot("..", directory, 2))) {
      return;
    }
    long[] next = {2};
    try {
      view.entries(
          directory,
          (name, inode, mode) -> {
            next[0]++;
            try {
              return next[0] <= offset || page.add(name, inode, mode, next[0]);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
