package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.trace.CommandKey;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.ReadAheadSize;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.hot.HotPack;
import dev.sway.lazyfsd.hot.HotPackBuilder;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What is brought ahead for the runs on one mount. Thread-safe.
///
/// The kernel keeps what it was given or has asked for, so each command has its profile brought
/// once: before its first run on this mount.
public final class MountPrefetches implements AutoCloseable {
  /// More bytes of files than a start needs; what a hostile profile wants beyond that does not
  /// come.
  private static final long BUDGET_BYTES = 512L << 20;

  /// Commands that are remembered.
  private static final int MOST_SEEN = 4096;

  private static final System.Logger LOG = System.getLogger(MountPrefetches.class.getName());

  private final ChunkCache chunks;
  private final IndexReader index;
  private final FuseMount mount;
  private final FetchCounters counters;
  private final HotPacks hot;
  private final Neighbours neighbours;
  private final Guesses guesses;
  private final boolean wholeIsQuicker;
  private final NarrowReading reading;
  private final Set<CommandKey> seen = ConcurrentHashMap.newKeySet();
  private final Set<Prefetch> running = ConcurrentHashMap.newKeySet();

  /// @param chunks that the mount reads from
  /// @param index of its image; stays the caller's to close, after this
  /// @param counters of the mount, which count what is fetched ahead too
  /// @param hot packs that the mount reads from
  /// @param neighbours of what is read from it
  /// @param guesses what comes after what is read of the mount; closed with this
  /// @param wholeIsQuicker whether all of the image is brought where there is no profile
  public MountPrefetches(
      ChunkCache chunks,
      IndexReader index,
      FuseMount mount,
      FetchCounters counters,
      HotPacks hot,
      Neighbours neighbours,
      Guesses guesses,
      boolean wholeIsQuicker) {
    this.chunks = chunks;
    this.index = index;
    this.mount = mount;
    this.counters = counters;
    this.hot = hot;
    this.neighbours = neighbours;
    this.guesses = guesses;
    this.wholeIsQuicker = wholeIsQuicker;
    this.reading = new NarrowReading(mount);
  }

  /// A run of `command` begins; answers whether it is the first one on this mount.
  public boolean first(CommandKey command) {
    if (seen.size() >= MOST_SEEN) {
      // Costs some of them a prefetch of what the kernel has.
      seen.clear();
    }
    return seen.add(command);
  }

  /// The run of `command` that was the first one does not begin after all: another one is.
  public void forget(CommandKey command) {
    seen.remove(command);
  }

  /// From now on the kernel reads no further ahead than this on the mount, so that what it asks for
  /// is what is used, until what this answers is closed.
  public NarrowReading.Lease narrow(ReadAheadSize size) {
    return reading.begin(size);
  }

  /// From now on what is beside a chunk that is fetched is fetched too, and what programs and
  /// libraries need, until what this answers is closed: for starts of which nothing is known.
  public Neighbours.Lease guess() {
    return neighbours.begin();
  }

  /// A run begins, if what it reads is to be guessed: see [Guesses#start].
  public void expect(List<String> programs, Optional<byte[]> script) {
    guesses.start(programs, script);
  }

  /// Does without what only makes first starts quicker, until there is one.
  public void trim() {
    guesses.trim();
    running.removeIf(Prefetch::isOver);
  }

  /// Builds the hot pack of a profile of what this machine has, if it is to have another one than
  /// it has: see [HotPackBuilder#build].
  public Optional<HotMap> build(
      Profile profile, Optional<HotMap> known, Path file, HotPackBuilder.Pause pause)
      throws IOException {
    // One that cannot be read is as good as none.
    return new HotPackBuilder(index, chunks)
        .build(profile, known.filter(map -> !hot.isBroken(map)), file, pause);
  }

  /// Brings a hot pack here, so that later mounts have it from the disk.
  ///
  /// @throws IOException where it cannot be had
  public void keep(HotMap map) throws IOException {
    List<ChunkPlace> segments = index.read(session -> HotPack.places(map, session));
    chunks.prefetch(segments, new FetchCounters(), _ -> {});
  }

  /// Begins to bring what `profile` names; returns at once. To be closed once nobody has a use for
  /// the rest.
  ///
  /// @param map of the profile's hot pack, where there is one
  /// @throws IOException where the index cannot be read
  public Prefetch begin(Profile profile, Optional<HotMap> map) throws IOException {
    if (map.isPresent()) {
      // At once: whoever reads next is to have it from there.
      use(map.get());
    }
    return begin(() -> PrefetchPlan.of(profile, index, hot, BUDGET_BYTES));
  }

  private void use(HotMap map) throws IOException {
    try {
      hot.add(map);
    } catch (CorruptException e) {
      LOG.log(System.Logger.Level.WARNING, "not used: {0}", e.getMessage());
    }
  }

  /// Begins to bring all of the image, where that is quicker than to bring what is asked for.
  public Optional<Prefetch> beginWhole() {
    return wholeIsQuicker
        ? Optional.of(begin(() -> PrefetchPlan.everything(index)))
        : Optional.empty();
  }

  private Prefetch begin(Prefetch.Planning planning) {
    // What fails here is no failure of the mount.
    FetchCounters part = counters.part();
    IndexedImage view =
        new IndexedImage(
            index, chunks, part, hot, new Neighbours(chunks, part, new LinkEstimate()), 0);
    Prefetch prefetch = new Prefetch(chunks, view, mount, planning, part, RunRecording.AHEAD);
    running.removeIf(Prefetch::isOver);
    running.add(prefetch);
    prefetch.begin();
    return prefetch;
  }

  /// Ends what is being brought, whatever it waits for, and waits for its threads: they use the
  /// mount.
  @Override
  public void close() {
    running.forEach(Prefetch::close);
    guesses.close();
    running.forEach(Prefetch::stop);
  }
}
