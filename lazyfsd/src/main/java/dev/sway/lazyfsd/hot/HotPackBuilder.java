package dev.sway.lazyfsd.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.hot.HotLayout;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotPackWriter;
import dev.sway.formats.hot.HotPiece;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.profile.PlannedPath;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfilePlan;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Builds hot packs of what a worker has of an image; little is fetched for it. What comes later in
/// a profile is left out where a hot pack has no room for it.
public final class HotPackBuilder {
  /// What comes in a few requests, as it is, gains nothing.
  private static final long LEAST_STORED = 1 << 20;

  /// A hot pack that lacks more of what a profile wants than this is built anew.
  private static final double LEAST_COVERED = 0.97;

  /// So is one of which this many bytes come for each that is wanted.
  private static final double MOST_EXCESS = 1.3;

  /// What is missing of the chunks may be one part in so many: what the run had from memory, where
  /// another image's copy of the same chunk was, or what the disk has lost since...
  private static final int MOST_ABSENT_PART = 8;

  /// ... and so many bytes of packs.
  private static final long MOST_ABSENT = 8 << 20;

  /// How long frames may take to be kept.
  private static final Duration KEEP_PATIENCE = Duration.ofSeconds(2);

  private final IndexReader index;
  private final ChunkCache chunks;

  /// @param index of the image
  public HotPackBuilder(IndexReader index, ChunkCache chunks) {
    this.index = index;
    this.chunks = chunks;
  }

  /// Is called again and again while a hot pack is built, which takes seconds of a processor: the
  /// place to leave it to others for a while.
  @FunctionalInterface
  public interface Pause {
    /// Returns where the work is to go on.
    void await() throws IOException;
  }

  /// What a profile wants.
  ///
  /// @param segments of the hot pack
  /// @param chunks that have it
  /// @param bytes of the segments
  private record Wanted(List<List<HotPiece>> segments, Set<Integer> chunks, long bytes) {}

  /// Builds the hot pack of `profile`, if it is to have another one than it has.
  ///
  /// @param known the one that it has
  /// @param file to be made; on the disk when this returns with a map
  /// @param pause is called before each chunk
  /// @return empty where the one that is known does, where the image is of before hot packs, where
  ///   there would be no gain, and where more than a little of what the profile wants is not on
  ///   this machine
  public Optional<HotMap> build(Profile profile, Optional<HotMap> known, Path file, Pause pause)
      throws IOException {
    Wanted wanted = index.read(session -> isWorthIt(session) ? wanted(session, profile) : null);
    if (wanted == null || wanted.bytes() == 0 || (known.isPresent() && does(known.get(), wanted))) {
      return Optional.empty();
    }
    // What the run has read last may not be on the disk yet.
    boolean _ = chunks.awaitKept(KEEP_PATIENCE);
    if (!bringTheRest(wanted)) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      Contents contents = new Contents(arena, pause);
      return Optional.of(
          new HotPackWriter(contents).write(profile.manifest(), wanted.segments(), file));
    }
  }

  /// Fetches what is missing of the chunks, if that is little and there is enough to gain; answers
  /// whether all is here.
  private boolean bringTheRest(Wanted wanted) throws IOException {
    long stored = 0;
    long bytes = 0;
    List<ChunkPlace> absent = new ArrayList<>();
    for (int chunk : wanted.chunks()) {
      ChunkPlace place = place(chunk);
      stored += place.chunk().stored();
      if (!chunks.isKept(place)) {
        absent.add(place);
        bytes += place.chunk().stored();
      }
    }
    if (stored < LEAST_STORED || bytes > Math.min(MOST_ABSENT, stored / MOST_ABSENT_PART)) {
      return false;
    }
    chunks.prefetch(absent, new FetchCounters(), _ -> {});
    return absent.stream().allMatch(chunks::isHere);
  }

  private static boolean isWorthIt(IndexSession session) throws CorruptException {
    return session.chunks() > 0 && session.blockRoot(0) != null;
  }

  private ChunkPlace place(int chunk) throws IOException {
    return index.read(session -> session.place(chunk));
  }

  private static Wanted wanted(IndexSession session, Profile profile) throws IOException {
    HotLayout layout = new HotLayout();
    Set<Integer> chunks = new HashSet<>();
    for (PlannedPath path : ProfilePlan.of(profile, session).paths()) {
      ExtentCursor extents = path.ranges().isEmpty() ? null : session.extents(path.inode());
      for (ProfileRange range : path.byUse()) {
        if (extents == null || layout.isFull()) {
          break;
        }
        for (boolean found = extents.seek(range.offset());
            found && extents.fileOffset() < range.end() && !layout.isFull();
            found = extents.next()) {
          int chunk = extents.chunk();
          chunks.add(chunk);
          layout.add(
              chunk,
              extents.inChunk(range.offset()),
              extents.inChunk(range.end()),
              session.chunk(chunk).length());
        }
      }
    }
    List<List<HotPiece>> segments = layout.segments();
    long bytes = 0;
    for (List<HotPiece> pieces : segments) {
      for (HotPiece piece : pieces) {
        bytes += piece.bytes(session.chunk(piece.chunk()).length());
      }
    }
    return new Wanted(segments, chunks, bytes);
  }

  /// Whether a hot pack does for what is wanted.
  private boolean does(HotMap known, Wanted wanted) throws IOException {
    if (known.bytes() > MOST_EXCESS * wanted.bytes()) {
      return false;
    }
    try {
      return index.read(session -> {
        HotRuns runs = HotRuns.of(known, session);
        long covered = 0;
        for (List<HotPiece> pieces : wanted.segments()) {
          for (HotPiece piece : pieces) {
            covered += covered(runs, piece, session.chunk(piece.chunk()).length());
          }
        }
        return covered >= LEAST_COVERED * wanted.bytes();
      });
    } catch (CorruptException e) {
      // Not this image's, whoever put it there.
      return false;
    }
  }

  private static long covered(HotRuns runs, HotPiece piece, int length) {
    long covered = 0;
    for (int block = piece.first(); block < piece.end(); block++) {
      int from = block * BlockTree.BLOCK;
      int bytes = BlockTree.bytes(block, 1, length);
      covered += runs.find(piece.chunk(), from, from + bytes).isEmpty() ? 0 : bytes;
    }
    return covered;
  }

  /// The contents of chunks, one at a time.
  private final class Contents implements HotPackWriter.Contents {
    private final FetchCounters counters = new FetchCounters();
    private final MemorySegment buffer;
    private final Pause pause;

    Contents(Arena arena, Pause pause) {
      this.pause = pause;
      buffer = arena.allocate(ChunkFormat.MAX_CONTENT);
    }

    @Override
    public MemorySegment of(int chunk) throws IOException {
      pause.await();
      ChunkPlace place = place(chunk);
      MemorySegment content = buffer.asSlice(0, place.chunk().length());
      chunks.read(place, 0, content, counters);
      return content;
    }
  }
}
