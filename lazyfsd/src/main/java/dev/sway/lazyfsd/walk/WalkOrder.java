package dev.sway.lazyfsd.walk;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Tells walks of a tree from programs that list some directories of it, such as an interpreter
/// that looks for modules. Thread-safe.
final class WalkOrder {
  /// Entries that are looked at for the next directory. A larger directory tells nothing.
  private static final int MOST_ENTRIES = 4096;

  private final ImageView view;

  WalkOrder(ImageView view) {
    this.view = view;
  }

  /// The directory whose tree is being walked: the one that all of `listed` lie in. Empty where the
  /// order is not that of a walk: each directory, then all that lie in it, in their order. Half of
  /// the steps suffice, since walks may sort names in other ways.
  ///
  /// @param listed inodes of directories in the order in which they were listed, two at least
  /// @param goesOn whether to go on looking; empty is answered where not
  Optional<List<ByteName>> top(List<Long> listed, BooleanSupplier goesOn) throws IOException {
    int steps = 0;
    List<ByteName> before = view.path(listed.getFirst());
    List<ByteName> top = before;
    for (long inode : listed.subList(1, listed.size())) {
      if (!goesOn.getAsBoolean()) {
        return Optional.empty();
      }
      List<ByteName> path = view.path(inode);
      if (path.equals(after(before))) {
        steps++;
      }
      top = common(top, path);
      before = path;
    }
    return 2 * steps >= listed.size() - 1 ? Optional.of(top) : Optional.empty();
  }

  private static List<ByteName> common(List<ByteName> one, List<ByteName> other) {
    int length = 0;
    while (length < Math.min(one.size(), other.size())
        && one.get(length).equals(other.get(length))) {
      length++;
    }
    return one.subList(0, length);
  }

  /// The directory that a walk lists after the one at `path`; null where there is none, or it is
  /// not known.
  private @Nullable List<ByteName> after(List<ByteName> path) throws IOException {
    List<Long> trail = new ArrayList<>(List.of(ImageView.ROOT));
    for (ByteName name : path) {
      trail.add(view.lookup(trail.getLast(), name));
    }
    ByteName below = directory(trail.getLast(), null);
    if (below != null) {
      return with(path, below);
    }
    for (int depth = path.size() - 1; depth >= 0; depth--) {
      ByteName beside = directory(trail.get(depth), path.get(depth));
      if (beside != null) {
        return with(path.subList(0, depth), beside);
      }
    }
    return null;
  }

  private static List<ByteName> with(List<ByteName> path, ByteName name) {
    List<ByteName> longer = new ArrayList<>(path);
    longer.add(name);
    return longer;
  }

  /// The first directory in `parent`, or the first one behind the entry `after`.
  private @Nullable ByteName directory(long parent, @Nullable ByteName after) throws IOException {
    Search search = new Search(after);
    view.entries(parent, search::goesOn);
    return search.found;
  }

  private static final class Search {
    private final @Nullable ByteName after;
    private boolean behind;
    private int seen;
    private @Nullable ByteName found;

    Search(@Nullable ByteName after) {
      this.after = after;
      this.behind = after == null;
    }

    boolean goesOn(ByteName name, long inode, int mode) {
      if (behind && (mode & FileType.MASK) == FileType.DIRECTORY.bits()) {
        found = name;
        return false;
      }
      behind |= after != null && name.equals(after);
      return ++seen < MOST_ENTRIES;
    }
  }
}
