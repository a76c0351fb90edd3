package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.PackSource.Check;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Frames of chunks: from replicas of packs on this machine's disk, else from the source, which are
/// then filled.
///
/// What is on disk is verified by the reader each time it is read; a damaged copy is fetched again
/// and replaced. Thread-safe; shared by all images.
public final class PackCache implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PackCache.class.getName());

  private final Path folder;
  private final PackSource source;
  private final Map<Digest, PackReplica> replicas = new ConcurrentHashMap<>();

  /// @param folder for the replicas; created where it is missing
  /// @param source of what is not there
  public PackCache(Path folder, PackSource source) throws IOException {
    this.folder = PrivateFolder.open(folder);
    this.source = source;
  }

  /// Has `check` decode and verify the frame of `chunk`.
  ///
  /// @return what it made of the first copy that it accepted
  /// @throws IOException where no copy can be had, or only damaged ones
  public <T> T frame(
      ChunkLocation chunk,
      PackReference pack,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException {
    T local = fromDisk(chunk, pack, counters, check);
    if (local != null) {
      return local;
    }
    return source.fetch(
        pack,
        chunk.offset(),
        chunk.stored(),
        urgency,
        counters,
        (body, where) -> {
          T accepted = check.accept(body, where);
          keep(chunk, pack, body);
          return accepted;
        });
  }

  private <T> @Nullable T fromDisk(
      ChunkLocation chunk, PackReference pack, FetchCounters counters, Check<T> check) {
    try {
      PackReplica replica = replica(pack);
      byte[] frame = replica.read(chunk);
      if (frame == null) {
        return null;
      }
      try {
        return check.accept(
            MemorySegment.ofArray(frame), "the cache's copy of pack " + pack.digest());
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

  private void keep(ChunkLocation chunk, PackReference pack, MemorySegment frame) {
    try {
      replica(pack).write(chunk, frame.toArray(ValueLayout.JAVA_BYTE));
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "a chunk is served but not kept, the cache cannot be written: {0}",
          e.toString());
    }
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

  /// To be called once nobody reads any more. Idempotent.
  @Override
  public void close() throws IOException {
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
