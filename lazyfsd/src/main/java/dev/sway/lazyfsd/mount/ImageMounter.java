package dev.sway.lazyfsd.mount;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.cache.CacheConfig;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.image.ImageStore;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.keep.ImageKeeper;
import dev.sway.lazyfsd.peer.PeerServer;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import dev.sway.lazyfsd.prefetch.WholeImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSources;
import dev.sway.lazyfsd.source.SourceConfig;
import dev.sway.lazyfsd.source.SourceStatus;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.view.ImageView;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import dev.sway.lazyfsd.walk.Walks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Mounts images from blobd, mirrors and peers through a worker's caches.
///
/// Thread-safe for different mounts; the caller sees to it that a mount with one key is made by one
/// thread at a time.
public final class ImageMounter implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ImageMounter.class.getName());

  private final ImageStore images;
  private final PackSources sources;
  private final PackCache packs;
  private final ChunkCache chunks;
  private final FuseTransport transport;
  private final Optional<KeptMounts> kept;

  /// @param state the worker's state folder
  /// @param cache where what is fetched is kept
  /// @param client of the blobd that has manifests and indexes; stays the caller's to close
  /// @param config where packs come from
  /// @param kept keeps mounts for the next worker; empty where they are to end with this process
  public ImageMounter(
      Path state,
      CacheConfig cache,
      BlobClient client,
      SourceConfig config,
      FuseTransport transport,
      Optional<KeptMounts> kept)
      throws IOException {
    images = new ImageStore(state.resolve("images"), client);
    sources = PackSources.open(config);
    try {
      packs = new PackCache(cache.folder(), cache.limits(), sources);
    } catch (IOException | RuntimeException e) {
      sources.close();
      throw e;
    }
    chunks = new ChunkCache(packs, cache.memoryBytes());
    this.transport = transport;
    this.kept = kept;
  }

  /// Makes the mount that shows a view.
  @FunctionalInterface
  private interface Showing {
    FuseMount show(ImageView view, AccessSink accesses) throws IOException;
  }

  /// Mounts an image at the empty folder `point`.
  ///
  /// @throws CorruptException where its metadata does not match its digests
  public MountedImage mount(MountKey key, Path point) throws IOException {
    MountedImage mounted =
        shown(
            key,
            point,
            (view, accesses) ->
                transport.mount(
                    view, accesses, point, "sway:" + key.digest().hex().substring(0, 12)));
    if (kept.isPresent()) {
      try {
        kept.get().keep(key, mounted.mount());
      } catch (IOException | RuntimeException e) {
        mounted.close();
        throw e;
      }
    }
    return mounted;
  }

  /// Goes on with the mount of an image at `point` that an earlier worker has left.
  public MountedImage resume(MountKey key, Path point) throws IOException {
    KeptMounts from = kept.orElseThrow();
    return shown(
        key, point, (view, accesses) -> transport.resume(view, accesses, point, from.take(key)));
  }

  private MountedImage shown(MountKey key, Path point, Showing showing) throws IOException {
    LocalImage image = images.open(key.digest());
    try {
      FetchCounters counters = new FetchCounters();
      HotPacks hot = new HotPacks(image.index(), chunks, counters);
      Neighbours neighbours = new Neighbours(chunks, counters, images.link());
      IndexedImage view =
          new IndexedImage(
              image.index(),
              chunks,
              counters,
              hot,
              neighbours,
              image.manifest().statistics().fileBytes());
      AccessLog log = new AccessLog();
      Guesses guesses = new Guesses(image.index(), chunks, counters, neighbours::isWanted);
      Walks walks = new Walks(view, point);
      AccessSink accesses = log.andThen(guesses);
      // A recording is to have all that its run asks for. And where nothing would see to the end of
      // a worker that is killed while it asks its own mounts, it had better not ask.
      boolean helped = kept.isPresent() && kept.get().mayBeAsked() && !key.isOwn();
      FuseMount mount = showing.show(view, helped ? accesses.andThen(walks) : accesses);
      MountPrefetches prefetches =
          new MountPrefetches(
              chunks,
              image.index(),
              mount,
              counters,
              hot,
              neighbours,
              guesses,
              WholeImage.isQuicker(image.manifest().packBytes(), images.link()));
      return new MountedImage(
          key, image, view, counters, log, prefetches, walks, mount, this::forget);
    } catch (IOException | RuntimeException e) {
      image.close();
      throw e;
    }
  }

  /// Says which images' bytes are to be in the cache that this mounts from; to be used until this
  /// is closed.
  ///
  /// @param names says what images' names point at
  public ImageKeeper keeper(ImageNames names) {
    return new ImageKeeper(images, names, packs);
  }

  /// Serves the cache that this mounts from to other workers; to be closed before this is.
  ///
  /// @throws SwayException of kind `in-use` or `usage` where `listen` cannot be listened on
  public PeerServer servePeers(Program program, ListenAddress listen) throws SwayException {
    return PeerServer.start(program, listen, packs);
  }

  private void forget(MountKey key) {
    if (kept.isPresent()) {
      try {
        kept.get().forget(key);
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "the holder still has the mount of {0}: {1}",
            key,
            e.getMessage());
      }
    }
  }

  /// Gives memory back that is kept for later, at once or by way of the collector.
  public void trim() {
    transport.trim();
    chunks.trim();
    sources.trim();
  }

  /// Where packs come from, and what came of asking.
  public List<SourceStatus> sources() {
    return sources.status();
  }

  @Override
  public void close() throws IOException {
    try (sources;
        images) {
      chunks.close();
    }
  }
}
