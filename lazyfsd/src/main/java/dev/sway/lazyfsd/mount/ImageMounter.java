package dev.sway.lazyfsd.mount;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.image.ImageStore;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.source.BlobdSource;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.IndexedImage;
import java.io.IOException;
import java.nio.file.Path;

/// Mounts images from blobd through the caches in a worker's state folder.
///
/// Thread-safe for different images; the caller sees to it that one image is mounted by one thread
/// at a time.
public final class ImageMounter implements AutoCloseable {
  /// Decoded chunks that stay in memory, of all images together: some 300 chunks.
  private static final long DECODED_BYTES = 96L << 20;

  private final ImageStore images;
  private final ChunkCache chunks;
  private final FuseTransport transport;

  /// @param state the worker's state folder
  /// @param client stays the caller's to close
  public ImageMounter(Path state, BlobClient client, FuseTransport transport) throws IOException {
    images = new ImageStore(state.resolve("images"), client);
    chunks =
        new ChunkCache(
            new PackCache(state.resolve("packs"), new BlobdSource(client)), DECODED_BYTES);
    this.transport = transport;
  }

  /// Mounts the image with this manifest digest at the empty folder `point`.
  ///
  /// @throws CorruptException where its metadata does not match its digests
  public MountedImage mount(Digest digest, Path point) throws IOException {
    LocalImage image = images.open(digest);
    try {
      FetchCounters counters = new FetchCounters();
      IndexedImage view =
          new IndexedImage(
              image.index(), chunks, counters, image.manifest().statistics().fileBytes());
      FuseMount mount = transport.mount(view, point, "sway:" + digest.hex().substring(0, 12));
      return new MountedImage(image, view, counters, mount);
    } catch (IOException | RuntimeException e) {
      image.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    chunks.close();
  }
}
