package dev.sway.lazyfsd.view;

import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.IndexSession;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Guesses, while a start without a profile goes on, that who asks for a chunk will ask for those
/// beside it: chunks are in the order of paths, so that they are the rest of the file, or its
/// neighbours in the directory. Thread-safe.
///
/// A start asks for one thing after another, each a round trip away. What is beside is asked for as
/// soon as that has had its turn on the link, and not waited for.
public final class Neighbours {
  /// On each side. Measured with a trace of the SciPy start (`docs/design/0016-hot-packs.md`): one
  /// saves nearly as much and waits more often, three cost twice the bytes that two do.
  private static final int EACH_SIDE = 2;

  /// Of a chunk's neighbours together, as they are fetched: larger ones are parts of large files,
  /// of which little may be wanted.
  private static final int MOST_STORED = 300 << 10;

  /// How much later than the chunk they are asked for at most, however slow the link is taken to
  /// be: an index whose transfer hung says nothing of the next chunk's.
  private static final Duration LONGEST_TURN = Duration.ofMillis(100);

  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final LinkEstimate link;
  private final AtomicInteger wanted = new AtomicInteger();

  /// @param counters of what is fetched; what fails is no failure of a read
  /// @param link that it comes over
  public Neighbours(ChunkCache chunks, FetchCounters counters, LinkEstimate link) {
    this.chunks = chunks;
    this.counters = counters.part();
    this.link = link;
  }

  /// For as long as somebody wants it. Closing it is idempotent.
  public final class Lease implements AutoCloseable {
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Lease() {
      wanted.incrementAndGet();
    }

    @Override
    public void close() {
      if (open.getAndSet(false)) {
        wanted.decrementAndGet();
      }
    }
  }

  /// Whether somebody wants that now.
  public boolean isWanted() {
    return wanted.get() > 0;
  }

  /// From now on neighbours are fetched, until this is closed.
  public Lease begin() {
    return new Lease();
  }

  /// Somebody is about to read a chunk. Where it must be fetched, and neighbours are wanted, these
  /// are fetched beside it, as far as they are not here. Does not wait.
  void of(IndexSession session, ChunkPlace place, int chunk) throws IOException {
    if (!isWanted() || chunks.isHere(place)) {
      return;
    }
    List<ChunkPlace> behind = new ArrayList<>();
    List<ChunkPlace> before = new ArrayList<>();
    int left = MOST_STORED;
    for (int distance = 1; distance <= EACH_SIDE && left > 0; distance++) {
      left = add(session, place, chunk + distance, left, behind);
      left = add(session, place, chunk - distance, left, before);
    }
    // Two requests: what is between them comes by one of its own, before both. They would share
    // the link with it if they were made at once, and somebody waits for it.
    Duration turn = link.transfer(place.chunk().stored());
    if (turn.compareTo(LONGEST_TURN) > 0) {
      turn = LONGEST_TURN;
    }
    chunks.begin(behind, turn, Urgency.READ_AHEAD, counters);
    chunks.begin(before, turn, Urgency.READ_AHEAD, counters);
  }

  /// Adds a chunk, if it fits; answers how many bytes are left, none where it does not.
  private int add(IndexSession session, ChunkPlace of, int chunk, int left, List<ChunkPlace> to)
      throws IOException {
    if (chunk < 0 || chunk >= session.chunks()) {
      return left;
    }
    ChunkPlace place = session.place(chunk);
    if (!place.pack().equals(of.pack()) || chunks.isHere(place)) {
      return left;
    }
    if (place.chunk().stored() > left) {
      return 0;
    }
    to.add(place);
    return left - place.chunk().stored();
  }
}
