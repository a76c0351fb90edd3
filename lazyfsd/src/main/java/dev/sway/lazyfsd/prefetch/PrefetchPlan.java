package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.profile.PlannedPath;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfilePlan;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.trace.TracePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is to be brought of one image. Of a profile: names to look up, and chunks with the parts of
/// files that need them. Nothing of a profile is believed: a path counts where the image has it, a
/// range as far as the file goes.
///
/// @param names every path of the profile, in its order
/// @param chunks in the order in which their first bytes are wanted
/// @param whole whether that is all that the profile names: the budget sufficed
record PrefetchPlan(List<File> names, List<Step> chunks, boolean whole) {
  private static final int PAGE = 4096;

  PrefetchPlan {
    names = List.copyOf(names);
    chunks = List.copyOf(chunks);
  }

  /// A path of the profile.
  ///
  /// @param names from the root down
  /// @param inode 0 where the image has nothing there
  record File(List<ByteName> names, long inode) {}

  /// A chunk.
  ///
  /// @param windows that have bytes of it
  record Step(ChunkPlace place, List<Window> windows) {}

  /// The plan of `profile` for an image.
  ///
  /// @param budget of bytes of files; what comes later in the profile is left out
  static PrefetchPlan of(Profile profile, IndexReader index, long budget) throws IOException {
    return index.read(session -> new Planner(session, budget).plan(profile));
  }

  /// The plan of all that an image has, in the order of its packs. Nothing of it goes to the page
  /// cache: nobody knows what will be asked for.
  static PrefetchPlan everything(IndexReader index) throws IOException {
    return index.read(session -> {
      List<Step> steps = new ArrayList<>();
      for (int chunk = 0; chunk < index.counts().chunks(); chunk++) {
        steps.add(new Step(session.place(chunk), List.of()));
      }
      return new PrefetchPlan(List.of(), steps, true);
    });
  }

  /// Makes one plan.
  private static final class Planner {
    private final IndexSession session;
    private final long budget;
    private final Map<Integer, List<Window>> chunks = new LinkedHashMap<>();
    private long bytes;

    Planner(IndexSession session, long budget) {
      this.session = session;
      this.budget = budget;
    }

    PrefetchPlan plan(Profile profile) throws IOException {
      List<File> files = new ArrayList<>();
      for (PlannedPath path : ProfilePlan.of(profile, session).paths()) {
        File file = new File(TracePath.names(path.path()), path.inode());
        files.add(file);
        if (!path.ranges().isEmpty()) {
          add(file, path.ranges());
        }
      }
      List<Step> steps = new ArrayList<>();
      for (Map.Entry<Integer, List<Window>> chunk : chunks.entrySet()) {
        steps.add(new Step(session.place(chunk.getKey()), chunk.getValue()));
      }
      return new PrefetchPlan(files, steps, bytes < budget);
    }

    private void add(File file, List<ProfileRange> ranges) throws IOException {
      InodeRecord record = session.inode(file.inode());
      long size = record == null ? 0 : record.size();
      for (ProfileRange range : ranges) {
        long from = range.offset() / PAGE * PAGE;
        long to = Math.min(size, Math.ceilDiv(range.end(), (long) PAGE) * PAGE);
        while (from < to && bytes < budget) {
          int length = (int) Math.min(Window.MAX_BYTES - from % Window.MAX_BYTES, to - from);
          add(new Window(file, from, length));
          from += length;
          bytes += length;
        }
      }
    }

    /// What no extent has are zeros, which the kernel may ask for.
    private void add(Window window) throws IOException {
      ExtentCursor extents = session.extents(window.file().inode());
      if (extents == null) {
        return;
      }
      long end = window.offset() + window.length();
      for (boolean found = extents.seek(window.offset());
          found && extents.fileOffset() < end;
          found = extents.next()) {
        List<Window> windows = chunks.computeIfAbsent(extents.chunk(), _ -> new ArrayList<>());
        if (windows.isEmpty() || windows.getLast() != window) {
          windows.add(window);
          window.await();
        }
      }
    }
  }
}
