package dev.sway.lazyfsd.walk;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.DirectoryScan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// Lists the directories of a tree in the order opposite to a walk's, until it comes to where the
/// walk is. For one thread.
final class ReverseListing {
  /// Directories that wait to be listed. Where there are more, the last ones of the directory that
  /// is being read are left out.
  private static final int MOST_WAITING = 1 << 16;

  /// `PATH_MAX`: the kernel takes no longer ones.
  private static final int MOST_PATH = 4096;

  private final DirectoryScan scan;
  private final LongPredicate walked;
  private final LongPredicate goesOn;
  private long listed;

  /// A directory to be listed.
  ///
  /// @param parent null for the top of the tree
  /// @param family the same for all that lie in one directory; they lie next to each other here
  /// @param name for the top of the tree its path from the root
  private record Place(@Nullable Place parent, long family, byte[] name, long inode) {}

  /// @param walked whether the walk has listed a directory, by its inode
  /// @param goesOn whether the walk has a use for more, after so many directories were listed here
  ReverseListing(DirectoryScan scan, LongPredicate walked, LongPredicate goesOn) {
    this.scan = scan;
    this.walked = walked;
    this.goesOn = goesOn;
  }

  /// Lists the tree below `top`, names from the root; answers how many directories it has listed.
  long list(List<ByteName> top) {
    Deque<Place> waiting = new ArrayDeque<>();
    waiting.push(new Place(null, -1, joined(top.stream().map(ByteName::bytes).toList()), 0));
    while (!waiting.isEmpty() && goesOn.test(listed)) {
      Place next = waiting.pop();
      if (walked.test(next.inode())) {
        // The walk is in it, or was; so it was in all that come before it.
        while (!waiting.isEmpty() && waiting.peek().family() == next.family()) {
          waiting.pop();
        }
      }
      list(next, waiting);
    }
    return listed;
  }

  private void list(Place place, Deque<Place> waiting) {
    byte[] path = path(place);
    if (path.length >= MOST_PATH) {
      return;
    }
    long family = listed++;
    try {
      scan.list(
          path,
          () -> goesOn.test(listed),
          (name, inode) -> {
            if (waiting.size() < MOST_WAITING) {
              waiting.push(new Place(place, family, name, inode));
            }
          });
    } catch (IOException e) {
      // Whoever walks there finds out why.
    }
  }

  private static byte[] path(Place place) {
    List<byte[]> names = new ArrayList<>();
    for (Place at = place; at != null; at = at.parent()) {
      names.add(at.name());
    }
    Collections.reverse(names);
    return joined(names);
  }

  /// With a slash between them; a name of no bytes, the root's, is left out.
  private static byte[] joined(List<byte[]> names) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (byte[] name : names) {
      if (path.size() > 0 && name.length > 0) {
        path.write('/');
      }
      path.writeBytes(name);
    }
    return path.toByteArray();
  }
}
