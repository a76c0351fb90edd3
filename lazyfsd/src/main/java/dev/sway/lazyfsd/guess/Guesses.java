package dev.sway.lazyfsd.guess;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import dev.sway.lazyfsd.view.ImagePaths;
import dev.sway.lazyfsd.view.ImageView;
import dev.sway.lazyfsd.view.IndexedImage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/// Guesses, while a start without a profile goes on, what it will ask for by the files that it has
/// begun to read: what the dynamic loader needs of programs and libraries ([ElfFiles]), and what
/// Python modules import ([PythonFiles]). A start asks for these one after another, each a round
/// trip away; here they are on their way at once, and lead to others. Nearly all of it is wanted:
/// what is fetched is what would be, only sooner.
///
/// Nothing here is believed: what a hostile file leads to are bytes of the image that nobody wants,
/// of so many files and so many in all. Thread-safe.
public final class Guesses implements AccessSink, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Guesses.class.getName());

  /// Of the beginning of a file, which tells what it is.
  static final int HEAD_BYTES = 4096;

  /// Of a file, or of a part of it that is wanted.
  static final long MOST_BYTES = 1 << 20;

  /// Parts of files that are looked at for one file's chunks.
  private static final int MOST_EXTENTS = 1 << 14;

  /// Files that are looked at, on one mount.
  private static final int MOST_FILES = 16_384;

  /// Bytes of files that are fetched on one mount, counted by whole chunks.
  private static final long BUDGET_BYTES = 512L << 20;

  /// Chunks on the disk after which the image may be taken for one that is here, and how many times
  /// as many as are not.
  private static final int LOCAL_CHUNKS = 16;

  private static final int LOCAL_TIMES = 8;

  /// Files that wait to be looked at.
  private static final int QUEUE = 4096;

  /// Files at once; each may wait for its beginning.
  private static final int THREADS = 8;

  private final IndexReader index;
  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final BooleanSupplier wanted;
  private final ImageView view;
  private final ImagePaths paths;
  private volatile Known known;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          5,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(QUEUE),
          Thread.ofPlatform().name("guess-", 0).daemon().factory(),
          // What there is no room for is asked for by whoever needs it.
          new ThreadPoolExecutor.DiscardPolicy());

  /// What was found out of the image.
  private final class Known {
    final Set<Long> begun = ConcurrentHashMap.newKeySet();
    final AtomicLong bytes = new AtomicLong();

    /// Chunks that were to be loaded and are on the disk, or are not; and reads that had to wait
    /// for a server.
    final AtomicLong onDisk = new AtomicLong();

    final AtomicLong absent = new AtomicLong();
    final ElfFiles elf = new ElfFiles(Guesses.this, paths);
    final PythonFiles python = new PythonFiles(Guesses.this, new PythonModules(view, paths));

    /// Whether nearly all is on this machine: there is no round trip to save then, and what is
    /// guessed takes the processors from whoever starts.
    boolean isLocal() {
      long here = onDisk.get();
      return here >= LOCAL_CHUNKS && here > LOCAL_TIMES * absent.get();
    }
  }

  /// Part of the work on one file.
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  /// @param index of the image; stays the caller's to close, after this
  /// @param counters of the mount; what fails here is no failure of a read
  /// @param wanted whether to guess now
  public Guesses(
      IndexReader index, ChunkCache chunks, FetchCounters counters, BooleanSupplier wanted) {
    this.index = index;
    this.chunks = chunks;
    this.counters = counters.part();
    this.wanted = wanted;
    view = new IndexedImage(index, chunks, this.counters, 0);
    paths = new ImagePaths(view);
    known = new Known();
    threads.allowCoreThreadTimeOut(true);
  }

  /// Whoever begins to read a file goes on from there.
  @Override
  public void served(Served request) {
    if (request.operation() != Operation.READ || request.failed() || !wanted.getAsBoolean()) {
      return;
    }
    if (request.from() == ServedFrom.SOURCE) {
      // Not all is here, whatever it looked like.
      known.absent.incrementAndGet();
    }
    if (request.offset() == 0) {
      look(request.inode());
    }
  }

  /// A run is about to begin. Returns at once.
  ///
  /// @param programs absolute paths of what it executes, one by way of the other
  /// @param script what the last one of them is given to run, if that is known
  public void start(List<String> programs, Optional<byte[]> script) {
    if (!wanted.getAsBoolean()) {
      return;
    }
    for (String program : programs) {
      later(() -> {
        var _ = begin(program);
      });
    }
    if (!programs.isEmpty()) {
      String last = programs.getLast();
      later(() -> known.python.program(last, paths.resolve(last), script));
    }
  }

  private void later(Work work) {
    threads.execute(() -> {
      try {
        work.run();
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.DEBUG, "no guess: {0}", e.toString());
      }
    });
  }

  private void look(long inode) {
    Set<Long> begun = known.begun;
    if (!known.isLocal() && begun.size() < MOST_FILES && begun.add(inode)) {
      later(() -> guess(inode));
    }
  }

  private void guess(long inode) throws IOException {
    MemorySegment head = read(inode, new FileRange(0, HEAD_BYTES));
    Optional<ElfHeader> header = ElfHeader.parse(head);
    if (header.isPresent()) {
      known.elf.guess(inode, header.get());
    } else {
      known.python.guess(inode, head.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /// To be called again and again by what may take long.
  ///
  /// @throws InterruptedIOException where nobody wants guesses any more, or they are of no use
  void requireWanted() throws InterruptedIOException {
    if (threads.isShutdown() || !wanted.getAsBoolean() || known.isLocal()) {
      throw new InterruptedIOException("nobody wants guesses any more");
    }
  }

  /// Has the program or library at `path` loaded as far as that is known before it is, if there is
  /// one, and looks at it; answers whether there is.
  boolean begin(String path) throws IOException {
    requireWanted();
    Optional<InodeRecord> found = paths.find(path);
    if (found.isEmpty() || FileType.ofMode(found.get().mode()).orElse(null) != FileType.REGULAR) {
      return false;
    }
    beginEnds(found.get());
    return true;
  }

  /// Has a file loaded, and looks at it: all of it where it is small, else its beginning and its
  /// end. There the linker puts what it tells the loader: else that would be known a round trip
  /// later.
  void begin(long inode) throws IOException {
    InodeRecord record = view.attributes(inode);
    if (record != null) {
      beginEnds(record);
    }
  }

  private void beginEnds(InodeRecord record) throws IOException {
    long inode = record.number();
    if (known.begun.contains(inode)) {
      return;
    }
    begin(
        inode,
        List.of(
            new FileRange(0, HEAD_BYTES),
            new FileRange(Math.max(0, record.size() - ElfFiles.END_BYTES), ElfFiles.END_BYTES)));
    look(inode);
  }

  /// The absolute path of a file.
  String path(long inode) throws IOException {
    StringBuilder path = new StringBuilder();
    for (ByteName name : view.path(inode)) {
      path.append('/').append(new String(name.bytes(), StandardCharsets.UTF_8));
    }
    return path.toString();
  }

  /// Bytes of a file, as far as it goes; waits for them.
  ///
  /// @param range of at most 2 GiB
  MemorySegment read(long inode, FileRange range) throws IOException {
    requireWanted();
    InodeRecord record = view.attributes(inode);
    long length =
        record == null ? 0 : Math.clamp(record.size() - range.offset(), 0, range.length());
    MemorySegment target = MemorySegment.ofArray(new byte[(int) length]);
    return target.asSlice(0, view.read(inode, range.offset(), target));
  }

  /// Has the chunks of `ranges` loaded, of each at most [#MOST_BYTES]; returns at once.
  void begin(long inode, List<FileRange> ranges) throws IOException {
    requireWanted();
    Set<ChunkPlace> places = new LinkedHashSet<>();
    int[] left = {MOST_EXTENTS};
    index.read(session -> {
      ExtentCursor extents = session.extents(inode);
      if (extents == null) {
        return false;
      }
      for (FileRange range : ranges) {
        FileRange most = range.first(MOST_BYTES);
        long end = most.offset() + most.length();
        for (boolean found = extents.seek(most.offset());
            found && extents.fileOffset() < end && left[0]-- > 0;
            found = extents.next()) {
          places.add(session.place(extents.chunk()));
        }
      }
      return true;
    });
    places.removeIf(chunks::isInMemory);
    int wantedPlaces = places.size();
    // What is on the disk is as near as it would be.
    places.removeIf(chunks::isHere);
    known.absent.addAndGet(places.size());
    known.onDisk.addAndGet(wantedPlaces - places.size());
    long more = places.stream().mapToLong(place -> place.chunk().length()).sum();
    if (known.bytes.addAndGet(more) > BUDGET_BYTES) {
      return;
    }
    for (List<ChunkPlace> group : groups(places)) {
      chunks.begin(group, Urgency.READ_AHEAD, counters);
    }
  }

  /// Those that lie one behind another come in one request, others in requests of their own.
  private static List<List<ChunkPlace>> groups(Set<ChunkPlace> places) {
    List<List<ChunkPlace>> groups = new ArrayList<>();
    ChunkPlace before = null;
    for (ChunkPlace place : places) {
      if (before == null
          || !before.pack().equals(place.pack())
          || before.chunk().offset() + before.chunk().stored() != place.chunk().offset()) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(place);
      before = place;
    }
    return groups;
  }

  /// Forgets what was found out, unless it is of use now.
  public void trim() {
    if (!wanted.getAsBoolean()) {
      known = new Known();
    }
  }

  /// Ends what is under way, and waits for that: it uses the index. Idempotent.
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    while (!threads.isTerminated()) {
      try {
        boolean _ = threads.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
