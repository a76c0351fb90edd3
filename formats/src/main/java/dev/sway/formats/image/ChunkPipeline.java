package dev.sway.formats.image;

import dev.sway.formats.chunk.ChunkContent;
import dev.sway.formats.chunk.ChunkEncoder;
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
import java.io.IOException;
import java.io.InterruptedIOException;
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
final class ChunkPipeline implements AutoCloseable {
  private final PackSeriesWriter packs;
  private final KnownChunks known;
  private final LongConsumer progress;
  private final ExecutorService workers;
  private final BlockingQueue<ChunkEncoder> encoders = new LinkedBlockingQueue<>();
  private final int window;
  private final Deque<InFlight> inFlight = new ArrayDeque<>();
  private final Map<ChunkId, Integer> ordinals = new HashMap<>();
  private final List<ChunkLocation> chunks = new ArrayList<>();
  private final Map<Long, List<Extent>> extents = new HashMap<>();

  /// The packs of other images by their provisional ordinals, -1 for the first: how many new packs
  /// there are is known at the end.
  private final List<PackBlob> reused = new ArrayList<>();

  private final Map<Digest, Integer> reusedOrdinals = new HashMap<>();
  private final SortedMap<String, Long> reusedStored = new TreeMap<>();
  private long reusedContent;

  /// A chunk whose place is known, now or soon.
  private record InFlight(Future<Encoded> encoded, List<FilePiece> pieces) {}

  /// Either has a place already, or is to be stored.
  private record Encoded(
      ChunkId id, int length, @Nullable Place place, @Nullable StoredChunk chunk) {}

  /// @param packs take what is not known
  /// @param progress is told how many more bytes of content are stored
  ChunkPipeline(PackSeriesWriter packs, BuildOptions options, LongConsumer progress) {
    this.packs = packs;
    this.known = options.known();
    this.progress = progress;
    // About four chunks for each thread are in memory.
    this.window = 4 * options.threads();
    workers =
        Executors.newFixedThreadPool(
            options.threads(), Thread.ofPlatform().name("compress-", 0).daemon().factory());
    for (int i = 0; i < options.threads(); i++) {
      encoders.add(new ChunkEncoder(options.level()));
    }
  }

  /// Takes the next chunk; waits for the oldest one where too many are under way.
  void accept(ChunkContent chunk) throws IOException {
    if (inFlight.size() == window) {
      storeOldest();
    }
    inFlight.add(new InFlight(workers.submit(() -> encode(chunk)), chunk.pieces()));
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
    return new StoredChunks(chunks, extents, all, written, reusedStored, reusedContent);
  }

  private static ChunkLocation moved(ChunkLocation chunk, int newPacks) {
    return new ChunkLocation(
        chunk.id(), newPacks - 1 - chunk.pack(), chunk.offset(), chunk.stored(), chunk.length());
  }

  private Encoded encode(ChunkContent chunk) throws InterruptedException {
    ChunkEncoder encoder = encoders.take();
    try {
      ChunkId id = encoder.identify(chunk.bytes(), chunk.length());
      Place place = known.find(id, chunk.length());
      StoredChunk stored =
          place != null ? null : encoder.compress(id, chunk.bytes(), chunk.length());
      return new Encoded(id, chunk.length(), place, stored);
    } finally {
      encoders.add(encoder);
    }
  }

  private void storeOldest() throws IOException {
    InFlight oldest = inFlight.remove();
    Encoded encoded = await(oldest.encoded());
    Integer earlier = ordinals.get(encoded.id());
    int ordinal = earlier != null ? earlier : add(encoded);
    for (FilePiece piece : oldest.pieces()) {
      extents
          .computeIfAbsent(piece.inode(), inode -> new ArrayList<>(1))
          .add(new Extent(piece.fileOffset(), ordinal, piece.chunkOffset(), piece.length()));
    }
    progress.accept(encoded.length());
  }

  private int add(Encoded encoded) throws IOException {
    int ordinal = chunks.size();
    chunks.add(
        encoded.place() != null
            ? reuse(encoded.id(), encoded.place())
            : store(Objects.requireNonNull(encoded.chunk())));
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
      throw new IllegalStateException("a chunk could not be compressed", e.getCause());
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    workers.close();
    encoders.forEach(ChunkEncoder::close);
  }
}
