package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.index.IndexReader;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.trace.CommandKey;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.IndexedImage;
import java.io.IOException;
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

  private final ChunkCache chunks;
  private final IndexReader index;
  private final FuseMount mount;
  private final FetchCounters counters;
  private final boolean wholeIsQuicker;
  private final Set<CommandKey> seen = ConcurrentHashMap.newKeySet();
  private final Set<Prefetch> running = ConcurrentHashMap.newKeySet();

  /// @param chunks that the mount reads from
  /// @param index of its image; stays the caller's to close, after this
  /// @param counters of the mount, which count what is fetched ahead too
  /// @param wholeIsQuicker whether all of the image is brought where there is no profile
  public MountPrefetches(
      ChunkCache chunks,
      IndexReader index,
      FuseMount mount,
      FetchCounters counters,
      boolean wholeIsQuicker) {
    this.chunks = chunks;
    this.index = index;
    this.mount = mount;
    this.counters = counters;
    this.wholeIsQuicker = wholeIsQuicker;
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

  /// Begins to bring what `profile` names; returns once it is known what that is. To be closed once
  /// nobody has a use for the rest.
  ///
  /// @throws IOException where the index cannot be read
  public Prefetch begin(Profile profile) throws IOException {
    return begin(PrefetchPlan.of(profile, index, BUDGET_BYTES));
  }

  /// Begins to bring all of the image, where that is quicker than to bring what is asked for.
  ///
  /// @throws IOException where the index cannot be read
  public Optional<Prefetch> beginWhole() throws IOException {
    return wholeIsQuicker ? Optional.of(begin(PrefetchPlan.everything(index))) : Optional.empty();
  }

  private Prefetch begin(PrefetchPlan plan) {
    // What fails here is no failure of the mount.
    FetchCounters part = counters.part();
    IndexedImage view = new IndexedImage(index, chunks, part, 0);
    Prefetch prefetch = new Prefetch(chunks, view, mount, plan, part, RunRecording.AHEAD);
    running.removeIf(Prefetch::isOver);
    running.add(prefetch);
    prefetch.begin();
    return prefetch;
  }

  /// Ends what is being brought, and waits for its threads: they use the mount.
  @Override
  public void close() {
    running.forEach(Prefetch::close);
    running.forEach(Prefetch::join);
  }
}
