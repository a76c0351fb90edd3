package dev.sway.formats.image;

import dev.sway.formats.chunk.ChunkContent;
import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.chunk.FilePiece;
import dev.sway.formats.chunk.StoredChunk;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.pack.PackSeriesWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongConsumer;

/// Compresses chunks on several threads and stores them in the order in which they came, each
/// different one once, so that the packs are the same whatever the number of threads. Its own
/// methods are for one thread.
final class ChunkPipeline implements AutoCloseable {
  private final PackSeriesWriter packs;
  private final LongConsumer progress;
  private final ExecutorService workers;
  private final BlockingQueue<ChunkEncoder> encoders = new LinkedBlockingQueue<>();
  private final int window;
  private final Deque<InFlight> inFlight = new ArrayDeque<>();
  private final Map<ChunkId, Integer> ordinals = new HashMap<>();
  private final List<ChunkLocation> chunks = new ArrayList<>();
  private final Map<Long, List<Extent>> extents = new HashMap<>();

  private record InFlight(Future<StoredChunk> stored, List<FilePiece> pieces) {}

  /// @param threads that compress, at least 1; about four chunks for each are in memory
  /// @param progress is told how many more bytes of content are stored
  ChunkPipeline(PackSeriesWriter packs, int level, int threads, LongConsumer progress) {
    this.packs = packs;
    this.progress = progress;
    this.window = 4 * threads;
    workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("compress-", 0).daemon().factory());
    for (int i = 0; i < threads; i++) {
      encoders.add(new ChunkEncoder(level));
    }
  }

  /// Takes the next chunk; waits for the oldest one where too many are under way.
  void accept(ChunkContent chunk) throws IOException {
    if (inFlight.size() == window) {
      storeOldest();
    }
    inFlight.add(new InFlight(workers.submit(() -> encode(chunk)), chunk.pieces()));
  }

  /// Stores what is under way.
  void finish() throws IOException {
    while (!inFlight.isEmpty()) {
      storeOldest();
    }
  }

  /// Where each chunk lies, by ordinal.
  List<ChunkLocation> chunks() {
    return chunks;
  }

  /// The extents of each file that is not empty, by inode number.
  Map<Long, List<Extent>> extents() {
    return extents;
  }

  private StoredChunk encode(ChunkContent chunk) throws InterruptedException {
    ChunkEncoder encoder = encoders.take();
    try {
      return encoder.encode(chunk.bytes(), chunk.length());
    } finally {
      encoders.add(encoder);
    }
  }

  private void storeOldest() throws IOException {
    InFlight oldest = inFlight.remove();
    StoredChunk stored = await(oldest.stored());
    Integer known = ordinals.get(stored.id());
    int ordinal = known != null ? known : store(stored);
    for (FilePiece piece : oldest.pieces()) {
      extents
          .computeIfAbsent(piece.inode(), inode -> new ArrayList<>(1))
          .add(new Extent(piece.fileOffset(), ordinal, piece.chunkOffset(), piece.length()));
    }
    progress.accept(stored.length());
  }

  private int store(StoredChunk stored) throws IOException {
    PackSeriesWriter.Position position = packs.append(stored);
    int ordinal = chunks.size();
    chunks.add(
        new ChunkLocation(
            stored.id(),
            position.pack(),
            position.entry().offset(),
            position.entry().stored(),
            stored.length()));
    ordinals.put(stored.id(), ordinal);
    return ordinal;
  }

  private static StoredChunk await(Future<StoredChunk> future) throws IOException {
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
