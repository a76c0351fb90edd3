package dev.sway.lazyfsd.cache;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// The replicas of a folder, each opened once in this process and open until the end. Thread-safe.
final class Replicas implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Replicas.class.getName());

  private final CacheFolder folder;
  private final Warnings broken = new Warnings(LOG, "a part of the cache cannot be used");
  private final Map<Digest, PackReplica> open = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  Replicas(CacheFolder folder) {
    this.folder = folder;
  }

  /// The replica of `pack`, which is created where it is missing.
  PackReplica of(Digest pack) throws IOException {
    PackReplica known = open.get(pack);
    if (known != null) {
      return known;
    }
    try {
      return open.computeIfAbsent(
          pack,
          digest -> {
            try {
              if (closed.get()) {
                throw new IOException("the cache is closed");
              }
              return PackReplica.open(folder, digest);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// The replica of `pack`, empty where there is none.
  Optional<PackReplica> existing(Digest pack) throws IOException {
    boolean here = open.containsKey(pack) || folder.has(pack);
    return here ? Optional.of(of(pack)) : Optional.empty();
  }

  /// All that the folder has, also those that only other processes or earlier ones used. Those that
  /// cannot be opened are left out, and said so; those that were never there whole, too.
  List<PackReplica> all() throws IOException {
    List<PackReplica> all = new ArrayList<>();
    for (Digest pack : folder.packs()) {
      try {
        existing(pack).ifPresent(all::add);
      } catch (IOException e) {
        broken.once(e.toString());
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    closed.set(true);
    IOException failure = null;
    for (PackReplica replica : open.values()) {
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
