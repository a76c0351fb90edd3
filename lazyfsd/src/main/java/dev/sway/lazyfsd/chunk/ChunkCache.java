package dev.sway.lazyfsd.chunk;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/// Verified chunks: from memory, else decoded from the worker's cache of packs.
///
/// However many readers ask for a chunk, one of them loads it. Thread-safe; shared by all images.
public final class ChunkCache implements AutoCloseable {
  private final PackCache packs;
  private final ExecutorService loaders =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("chunk-", 0).factory());
  private final Map<ChunkId, CompletableFuture<byte[]>> loading = new ConcurrentHashMap<>();
  private final Cache<ChunkId, byte[]> decoded;

  /// @param packs has the frames; closed with this
  /// @param memoryBytes for decoded chunks
  public ChunkCache(PackCache packs, long memoryBytes) {
    this.packs = packs;
    decoded =
        Caffeine.newBuilder()
            .maximumWeight(memoryBytes)
            .weigher((ChunkId id, byte[] content) -> content.length)
            .executor(Runnable::run)
            .build();
  }

  /// The content of a chunk, which must not be changed.
  ///
  /// @throws IOException where no source has it, or only damaged copies of it
  public byte[] content(ChunkLocation chunk, PackReference pack, FetchCounters counters)
      throws IOException {
    byte[] known = decoded.getIfPresent(chunk.id());
    if (known != null) {
      return known;
    }
    CompletableFuture<byte[]> mine = new CompletableFuture<>();
    CompletableFuture<byte[]> first = loading.putIfAbsent(chunk.id(), mine);
    if (first == null) {
      start(mine, chunk, pack, counters);
    }
    try {
      return (first == null ? mine : first).join();
    } catch (CompletionException e) {
      IOException failure =
          e.getCause() instanceof IOException plain
              ? plain
              : new IOException("cannot load " + chunk.id(), e.getCause());
      counters.failed(failure);
      throw failure;
    }
  }

  /// Loads a chunk on a thread of its own: were the reader's interrupted, the file that it reads
  /// would be closed for all. Whoever comes once this is over starts anew, or finds the content.
  private void start(
      CompletableFuture<byte[]> result,
      ChunkLocation chunk,
      PackReference pack,
      FetchCounters counters) {
    try {
      loaders.execute(() -> {
        try {
          byte[] content = load(chunk, pack, counters);
          decoded.put(chunk.id(), content);
          loading.remove(chunk.id(), result);
          result.complete(content);
        } catch (Throwable e) {
          loading.remove(chunk.id(), result);
          result.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      loading.remove(chunk.id(), result);
      result.completeExceptionally(new IOException("the chunk cache is closed", e));
    }
  }

  private byte[] load(ChunkLocation chunk, PackReference pack, FetchCounters counters)
      throws IOException {
    byte[] known = decoded.getIfPresent(chunk.id());
    if (known != null) {
      // It came between the reader's look and its turn.
      return known;
    }
    return packs.frame(
        chunk, pack, Urgency.ON_DEMAND, counters, (frame, where) -> decode(chunk, frame, where));
  }

  private static byte[] decode(ChunkLocation chunk, MemorySegment frame, String where)
      throws CorruptException {
    byte[] bytes = frame.toArray(ValueLayout.JAVA_BYTE);
    return ChunkDecoder.decode(chunk.id(), bytes, 0, bytes.length, chunk.length(), where);
  }

  /// Ends what is being loaded: whoever waits for it gets an error. Idempotent.
  @Override
  public void close() throws IOException {
    loaders.shutdownNow();
    // Only then does nobody read the packs any more.
    loaders.close();
    packs.close();
  }
}
