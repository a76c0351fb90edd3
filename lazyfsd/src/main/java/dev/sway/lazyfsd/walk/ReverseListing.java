package dev.sway.lazyfsd.walk;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.DirectoryScan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/// Lists the directories of a tree in the order opposite to a walk's, until it comes to where the
/// walk is. For one thread.
final class ReverseListing {
  /// Directories that wait to be listed; those of a larger tree that wait first are left out.
  private static final int MOST_WAITING = 1 << 16;

  private final DirectoryScan scan;
  private final LongPredicate walked;
  private final BooleanSupplier goesOn;

  /// How many directories were listed.
  private long listed;

  /// A directory to be listed.
  ///
  /// @param parent how many were listed before the one that it lies in: all that lie there have the
  ///   same number, and lie next to each other here
  private record Place(long parent, byte[] path, long inode) {}

  /// @param walked whether the walk has listed a directory, by its inode
  /// @param goesOn whether the walk does
  ReverseListing(DirectoryScan scan, LongPredicate walked, BooleanSupplier goesOn) {
    this.scan = scan;
    this.walked = walked;
    this.goesOn = goesOn;
  }

  /// Lists the tree below `top`.
  void list(List<ByteName> top) {
    Deque<Place> waiting = new ArrayDeque<>();
    waiting.push(new Place(-1, path(top), 0));
    while (!waiting.isEmpty() && goesOn.getAsBoolean()) {
      Place next = waiting.pop();
      if (walked.test(next.inode())) {
        // The walk is in it, or was; so it was in all that come before it.
        while (!waiting.isEmpty() && waiting.peek().parent() == next.parent()) {
          waiting.pop();
        }
      }
      long number = listed++;
      try {
        scan.list(
            next.path(),
            (name, inode) -> {
              if (waiting.size() < MOST_WAITING) {
                waiting.push(new Place(number, below(next.path(), name), inode));
              }
            });
      } catch (IOException e) {
        // Whoever walks there finds out why.
      }
    }
  }

  private static byte[] path(List<ByteName> names) {
    byte[] path = {};
    for (ByteName name : names) {
      path = below(path, name.bytes());
    }
    return path;
  }

  private static byte[] below(byte[] path, byte[] name) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(path.length + 1 + name.length);
    joined.writeBytes(path);
    if (path.length > 0) {
      joined.write('/');
    }
    joined.writeBytes(name);
    return joined.toByteArray();
  }
}
