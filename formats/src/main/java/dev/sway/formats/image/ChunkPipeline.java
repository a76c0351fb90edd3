package dev.sway.formats.image;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkContent;
import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.chunk.Cut;
import dev.sway.formats.chunk.FileCutter;
import dev.sway.formats.chunk.FilePiece;
import dev.sway.formats.chunk.StoredChunk;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.KnownChunks.Place;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.pack.PackSeriesWriter;
import dev.sway.formats.pack.PackSeriesWriter.PackFile;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Compresses chunks on several threads and stores them in the order in which they came, each
/// different one once, so that the packs are the same whatever the number of threads. Chunks that
/// are stored already stay where they are. Its own methods are for one thread.
///
/// A large file that an earlier image seems to have is not cut, but hashed on the workers where it
/// was cut then. Once a digest differs, the file is cut from there on, before anything behind it is
/// stored.
final class ChunkPipeline implements AutoCloseable {
  private final PackSeriesWriter packs;
  private final KnownChunks known;
  private final LongConsumer progress;
  private final ExecutorService workers;
  private final BlockingQueue<Worker> idle = new LinkedBlockingQueue<>();
  private final int window;
  private final FileCutter cutter = new FileCutter();

  /// For files that are cut while another one is being cut.
  private final FileCutter correction = new FileCutter();

  private Deque<InFlight> inFlight = new ArrayDeque<>();
  private final Map<ChunkId, Integer> ordinals = new HashMap<>();
  private final List<ChunkLocation> chunks = new ArrayList<>();
  private final List<Digest> blockRoots = new ArrayList<>();
  private final Map<Long, List<Extent>> extents = new HashMap<>();

  /// The last file that was not what it was thought to be.
  private @Nullable TreeInode refuted;

  /// The packs of other images by their provisional ordinals, -1 for the first: how many new packs
  /// there are is known at the end.
  private final List<PackBlob> reused = new ArrayList<>();

  private final Map<Digest, Integer> reusedOrdinals = new HashMap<>();
  private final SortedMap<String, Long> reusedStored = new TreeMap<>();
  private long reusedContent;

  /// A chunk whose place is known, now or soon.
  ///
  /// @param known the file and the data position that it is thought to come from; null for one that
  ///   was cut
  private record InFlight(
      Future<Encoded> encoded, List<FilePiece> pieces, @Nullable Position known) {}

  private record Position(TreeInode file, long start) {}

  /// What one thread works with.
  private record Worker(ChunkEncoder encoder, BlockTree tree, byte[] buffer) {}

  /// What became of a chunk.
  private sealed interface Encoded {
    /// A chunk of the image.
    ///
    /// @param root of its [BlockTree]
    /// @param place where it is already, or null
    /// @param chunk what is to be stored, where it is nowhere yet
    record Chunk(
        ChunkId id, int length, Digest root, @Nullable Place place, @Nullable StoredChunk chunk)
        implements Encoded {}

    /// The content is another one than the file was thought to have.
    record Refuted() implements Encoded {}
  }

  /// @param packs take what is not known
  /// @param known is not stored again
  /// @param progress is told how many more bytes of content are stored
  ChunkPipeline(
      PackSeriesWriter packs, BuildOptions options, KnownChunks known, LongConsumer progress) {
    this.packs = packs;
    this.known = known;
    this.progress = progress;
    // About four chunks for each thread are in memory.
    this.window = 4 * options.threads();
    workers =
        Executors.newFixedThreadPool(
            options.threads(), Thread.ofPlatform().name("compress-", 0).daemon().factory());
    for (int i = 0; i < options.threads(); i++) {
      idle.add(
          new Worker(
              new ChunkEncoder(options.level()), new BlockTree(), new byte[ChunkFormat.MAX_CUT]));
    }
  }

  /// Takes the next chunk; waits for the oldest one where too many are under way.
  void accept(ChunkContent chunk) throws IOException {
    awaitRoom();
    inFlight.add(new InFlight(workers.submit(() -> encode(chunk)), chunk.pieces(), null));
  }

  /// Takes the next large file; waits as [#accept] does.
  void acceptLarge(TreeInode file) throws IOException {
    List<Cut> cuts = known.cuts().of(file);
    if (cuts.isEmpty()) {
      cutter.cut(file, 0, this::accept);
    }
    long start = 0;
    for (Cut cut : cuts) {
      awaitRoom();
      if (refuted == file) {
        return;
      }
      Position position = new Position(file, start);
      inFlight.add(
          new InFlight(
              workers.submit(() -> verify(position, cut)),
              FileCutter.pieces(file, start, cut.length()),
              position));
      start += cut.length();
    }
  }

  private void awaitRoom() throws IOException {
    if (inFlight.size() == window) {
      storeOldest();
    }
  }

  /// Stores what is under way, and ends the packs.
  StoredChunks finish() throws IOException {
    while (!inFlight.isEmpty()) {
      storeOldest();
    }
    List<PackFile> written = packs.finish();
    List<PackBlob> all = new ArrayList<>();
    for (PackFile pack : written) {
      all.add(
          new PackBlob(
              pack.written().digest(),
              pack.written().size(),
              pack.written().entries().size(),
              pack.written().contentSize()));
    }
    all.addAll(reused);
    chunks.replaceAll(chunk -> chunk.pack() >= 0 ? chunk : moved(chunk, written.size()));
    return new StoredChunks(chunks, blockRoots, extents, all, written, reusedStored, reusedContent);
  }

  private static ChunkLocation moved(ChunkLocation chunk, int newPacks) {
    return new ChunkLocation(
        chunk.id(), newPacks - 1 - chunk.pack(), chunk.offset(), chunk.stored(), chunk.length());
  }

  private Encoded encode(ChunkContent chunk) throws InterruptedException {
    Worker worker = idle.take();
    try {
      ChunkId id = worker.encoder().identify(chunk.bytes(), chunk.length());
      return encode(worker, id, chunk.bytes(), chunk.length());
    } finally {
      idle.add(worker);
    }
  }

  private Encoded encode(Worker worker, ChunkId id, byte[] content, int length) {
    Place place = known.find(id, length);
    return new Encoded.Chunk(
        id,
        length,
        // Not taken from an earlier image: a wrong one there would let wrong bytes pass here.
        worker.tree().root(MemorySegment.ofArray(content).asSlice(0, length)),
        place,
        place != null ? null : worker.encoder().compress(id, content, length));
  }

  private Encoded verify(Position position, Cut cut) throws IOException, InterruptedException {
    Worker worker = idle.take();
    try {
      Objects.requireNonNull(position.file().content())
          .read(position.start(), worker.buffer(), 0, cut.length());
      ChunkId id = worker.encoder().identify(worker.buffer(), cut.length());
      return id.equals(cut.id())
          ? encode(worker, id, worker.buffer(), cut.length())
          : new Encoded.Refuted();
    } finally {
      idle.add(worker);
    }
  }

  /// Cuts a file that is not what it was thought to be, from `position` on, and stores its chunks
  /// before those of the files behind it.
  private void cutAgain(Position position) throws IOException {
    refuted = position.file();
    Deque<InFlight> behind = inFlight;
    behind.removeIf(chunk -> chunk.known() != null && chunk.known().file() == position.file());
    inFlight = new ArrayDeque<>();
    correction.cut(position.file(), position.start(), this::accept);
    while (!inFlight.isEmpty()) {
      storeOldest();
    }
    inFlight = behind;
  }

  private void storeOldest() throws IOException {
    InFlight oldest = inFlight.remove();
    switch (await(oldest.encoded())) {
      case Encoded.Refuted _ -> cutAgain(Objects.requireNonNull(oldest.known()));
      case Encoded.Chunk chunk -> store(chunk, oldest.pieces());
    }
  }

  private void store(Encoded.Chunk encoded, List<FilePiece> pieces) throws IOException {
    Integer earlier = ordinals.get(encoded.id());
    int ordinal = earlier != null ? earlier : add(encoded);
    for (FilePiece piece : pieces) {
      extents
          .computeIfAbsent(piece.inode(), inode -> new ArrayList<>(1))
          .add(new Extent(piece.fileOffset(), ordinal, piece.chunkOffset(), piece.length()));
    }
    progress.accept(encoded.length());
  }

  private int add(Encoded.Chunk encoded) throws IOException {
    int ordinal = chunks.size();
    chunks.add(
        encoded.place() != null
            ? reuse(encoded.id(), encoded.place())
            : store(Objects.requireNonNull(encoded.chunk())));
    blockRoots.add(encoded.root());
    ordinals.put(encoded.id(), ordinal);
    return ordinal;
  }

  private ChunkLocation store(StoredChunk chunk) throws IOException {
    PackSeriesWriter.Position position = packs.append(chunk);
    return new ChunkLocation(
        chunk.id(),
        position.pack(),
        position.entry().offset(),
        position.entry().stored(),
        chunk.length());
  }

  private ChunkLocation reuse(ChunkId id, Place place) {
    int ordinal =
        reusedOrdinals.computeIfAbsent(
            place.pack().digest(),
            digest -> {
              reused.add(place.pack());
              return -reused.size();
            });
    reusedStored.merge(place.image(), (long) place.stored(), Long::sum);
    reusedContent += place.length();
    return new ChunkLocation(id, ordinal, place.offset(), place.stored(), place.length());
  }

  private static Encoded await(Future<Encoded> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while chunks were compressed");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("a chunk could not be compressed", e.getCause());
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.close();
    idle.forEach(worker -> worker.encoder().close());
  }
}
