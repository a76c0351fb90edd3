package dev.sway.lazyfsd.chunk;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Verified chunks: from memory, else from the replicas on disk, else from the source, which are
/// then filled.
///
/// However many readers ask for a chunk, one of them fetches it. What is on disk is verified each
/// time it is read; a damaged copy is fetched again and replaced. Thread-safe; shared by all
/// images.
public final class ChunkCache implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ChunkCache.class.getName());

  private final Path folder;
  private final RangeSource source;
  private final Map<Digest, PackReplica> replicas = new ConcurrentHashMap<>();
  private final ExecutorService loaders =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("chunk-", 0).factory());
  private final Map<ChunkId, CompletableFuture<byte[]>> loading = new ConcurrentHashMap<>();
  private final Cache<ChunkId, byte[]> decoded;

  /// @param folder for the replicas; created where it is missing
  /// @param source of what is not there
  /// @param memoryBytes for decoded chunks
  public ChunkCache(Path folder, RangeSource source, long memoryBytes) throws IOException {
    this.folder = PrivateFolder.open(folder);
    this.source = source;
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
    byte[] local = fromDisk(chunk, pack, counters);
    return local != null ? local : fromSource(chunk, pack, counters);
  }

  private byte @Nullable [] fromDisk(
      ChunkLocation chunk, PackReference pack, FetchCounters counters) {
    try {
      PackReplica replica = replica(pack);
      byte[] frame = replica.read(chunk);
      if (frame == null) {
        return null;
      }
      try {
        return decode(chunk, frame, "the cache's copy of pack " + pack.digest());
      } catch (CorruptException e) {
        replica.forget(chunk);
        counters.repaired();
        LOG.log(System.Logger.Level.WARNING, "{0}; fetched again", e.getMessage());
        return null;
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the cache cannot be read, the source is asked: {0}",
          e.toString());
      return null;
    }
  }

  private byte[] fromSource(ChunkLocation chunk, PackReference pack, FetchCounters counters)
      throws IOException {
    byte[] frame = fetch(chunk, pack, counters);
    byte[] content;
    try {
      content = decode(chunk, frame, "pack " + pack.digest() + " from " + source);
    } catch (CorruptException e) {
      // Damage on the way is worth one more attempt; damage at the source stays.
      LOG.log(System.Logger.Level.WARNING, "{0}; fetched again", e.getMessage());
      counters.repaired();
      frame = fetch(chunk, pack, counters);
      content = decode(chunk, frame, "pack " + pack.digest() + " from " + source);
    }
    try {
      replica(pack).write(chunk, frame);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a chunk is served but not kept, the cache cannot be written: {0}",
          e.toString());
    }
    return content;
  }

  private byte[] fetch(ChunkLocation chunk, PackReference pack, FetchCounters counters)
      throws IOException {
    byte[] frame = source.range(pack, chunk.offset(), chunk.stored());
    counters.fetched(frame.length);
    return frame;
  }

  private static byte[] decode(ChunkLocation chunk, byte[] frame, String where)
      throws CorruptException {
    return ChunkDecoder.decode(chunk.id(), frame, 0, frame.length, chunk.length(), where);
  }

  private PackReplica replica(PackReference pack) throws IOException {
    PackReplica known = replicas.get(pack.digest());
    if (known != null) {
      return known;
    }
    try {
      return replicas.computeIfAbsent(
          pack.digest(),
          digest -> {
            try {
              return PackReplica.open(folder, pack);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Ends what is being loaded: whoever waits for it gets an error. Idempotent.
  @Override
  public void close() throws IOException {
    loaders.shutdownNow();
    // Only then are there no more replicas to come.
    loaders.close();
    IOException failure = null;
    for (PackReplica replica : replicas.values()) {
      try {
        replica.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
