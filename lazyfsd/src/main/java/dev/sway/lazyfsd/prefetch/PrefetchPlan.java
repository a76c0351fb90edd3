package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.profile.PlannedPath;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfilePlan;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.lazyfsd.hot.HotPack;
import dev.sway.lazyfsd.hot.HotPacks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is to be brought of one image. Of a profile: names to look up, and chunks with the parts of
/// files that need them; instead of chunks, segments of hot packs that have these parts and no
/// more. Nothing of a profile is believed: a path counts where the image has it, a range as far as
/// the file goes.
///
/// @param names every path of the profile, in its order
/// @param chunks in the order in which their first bytes are wanted
/// @param hot the hot packs that have some of them
/// @param whole whether that is all that the profile names: the budget sufficed
record PrefetchPlan(List<File> names, List<Step> chunks, Set<HotPack> hot, boolean whole) {
  /// Nothing.
  static final PrefetchPlan NONE = new PrefetchPlan(List.of(), List.of(), Set.of(), true);

  private static final int PAGE = 4096;

  PrefetchPlan {
    names = List.copyOf(names);
    chunks = List.copyOf(chunks);
    hot = Set.copyOf(hot);
  }

  /// Whether some of it cannot be had from where it says: it is to be made anew.
  boolean isStale() {
    return hot.stream().anyMatch(HotPack::isBroken);
  }

  /// How many of the steps are segments of hot packs.
  int segments() {
    return Math.toIntExact(chunks.stream().filter(step -> isSegment(step.place())).count());
  }

  /// Whether that is a segment of a hot pack, and no chunk.
  boolean isSegment(ChunkPlace place) {
    return hot.stream().anyMatch(pack -> pack.isOf(place));
  }

  /// What is in `place` cannot be had. That says nothing of the image where it is a hot pack's:
  /// that is out of use then.
  ///
  /// @return whether it is
  boolean giveUp(ChunkPlace place, String reason) {
    boolean found = false;
    for (HotPack pack : hot) {
      if (pack.isOf(place)) {
        pack.giveUp(reason);
        found = true;
      }
    }
    return found;
  }

  /// A path of the profile.
  ///
  /// @param names from the root down
  /// @param inode 0 where the image has nothing there
  /// @param listed whether it is a directory that is listed
  /// @param link whether it is a symbolic link
  record File(List<ByteName> names, long inode, boolean listed, boolean link) {}

  /// A chunk, or a segment of a hot pack.
  ///
  /// @param windows that have bytes of it
  record Step(ChunkPlace place, List<Window> windows) {}

  /// The plan of `profile` for an image.
  ///
  /// @param hot where parts of chunks may be nearer
  /// @param budget of bytes of files; what comes later in the profile is left out
  static PrefetchPlan of(Profile profile, IndexReader index, HotPacks hot, long budget)
      throws IOException {
    return index.read(session -> new Planner(session, hot, budget).plan(profile));
  }

  /// The plan of all that an image has, in the order of its packs. Nothing of it goes to the page
  /// cache: nobody knows what will be asked for.
  static PrefetchPlan everything(IndexReader index) throws IOException {
    return index.read(session -> {
      List<Step> steps = new ArrayList<>();
      for (int chunk = 0; chunk < index.counts().chunks(); chunk++) {
        steps.add(new Step(session.place(chunk), List.of()));
      }
      return new PrefetchPlan(List.of(), steps, Set.of(), true);
    });
  }

  /// Makes one plan.
  private static final class Planner {
    private final IndexSession session;
    private final HotPacks hot;
    private final long budget;
    private final Map<ChunkPlace, List<Window>> chunks = new LinkedHashMap<>();
    private final Set<HotPack> used = new HashSet<>();
    private long bytes;

    Planner(IndexSession session, HotPacks hot, long budget) {
      this.session = session;
      this.hot = hot;
      this.budget = budget;
    }

    PrefetchPlan plan(Profile profile) throws IOException {
      List<File> files = new ArrayList<>();
      for (PlannedPath path : ProfilePlan.of(profile, session).paths()) {
        File file = new File(path.names(), path.inode(), path.listed(), path.link());
        files.add(file);
        if (!path.ranges().isEmpty()) {
          add(file, path.size(), path.byUse());
        }
      }
      List<Step> steps = new ArrayList<>();
      chunks.forEach((place, windows) -> steps.add(new Step(place, windows)));
      return new PrefetchPlan(files, steps, used, bytes < budget);
    }

    private void add(File file, long size, List<ProfileRange> ranges) throws IOException {
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
        for (ChunkPlace place : places(extents, window.offset(), end)) {
          List<Window> windows = chunks.computeIfAbsent(place, _ -> new ArrayList<>());
          if (windows.isEmpty() || windows.getLast() != window) {
            windows.add(window);
            window.await(place);
          }
        }
      }
    }

    /// What has the bytes of an extent from `from` to `to` in its file.
    private List<ChunkPlace> places(ExtentCursor extents, long from, long to) throws IOException {
      int chunk = extents.chunk();
      ChunkPlace place = session.place(chunk);
      HotPacks.Found found =
          hot.better(place, chunk, extents.inChunk(from), extents.inChunk(to)).orElse(null);
      if (found == null) {
        return List.of(place);
      }
      used.add(found.pack());
      return found.places();
    }
  }
}
