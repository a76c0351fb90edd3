package dev.sway.formats.image;

import com.github.luben.zstd.ZstdOutputStream;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.chunk.FileChunker;
import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexContent;
import dev.sway.formats.index.IndexFormat;
import dev.sway.formats.index.IndexWriter;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.layer.ContentSpool;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerReader;
import dev.sway.formats.layer.LayerSource;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.pack.DurableFile;
import dev.sway.formats.pack.PackSeriesWriter;
import dev.sway.formats.source.ImageSource;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeBuilder;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Builds an image from a source: reads its layers, merges them, cuts and packs the files, writes
/// the index, names all in a manifest.
///
/// The same source gives the same blobs, whatever the number of threads; where chunks are known
/// already, the same ones must be. Not thread-safe.
public final class ImageBuilder {
  /// The index is small and fetched by everyone who mounts the image, so it is worth more work than
  /// a chunk.
  private static final int INDEX_LEVEL = 9;

  private final Path work;
  private final BuildOptions options;
  private final BuildProgress progress;

  /// @param work existing and empty folder, owned by the caller, who deletes it once the blobs are
  ///   pushed
  public ImageBuilder(Path work, BuildOptions options, BuildProgress progress) {
    this.work = work;
    this.options = options;
    this.progress = progress;
  }

  /// Builds the image of `source`, which stays the caller's to close.
  ///
  /// @throws BadArchiveException where the source is refused, also because its tree does not fit
  ///   into memory
  /// @throws SwayException of kind `storage` where `work` has no room
  public BuiltImage build(ImageSource source) throws IOException {
    try {
      return buildBlobs(source);
    } catch (OutOfMemoryError e) {
      // What was allocated is garbage by now. The tree is what grows with the source; the rest is
      // bounded.
      throw new BadArchiveException(
          source.transport(),
          "its tree needs more memory than the %d MiB there are; set JDK_JAVA_OPTIONS=-Xmx... higher if the image is meant to be so large"
              .formatted(Runtime.getRuntime().maxMemory() >> 20),
          e);
    }
  }

  private BuiltImage buildBlobs(ImageSource source) throws IOException {
    try (ContentSpool spool = new ContentSpool(work.resolve("spool"));
        LayerHashing hashing = new LayerHashing();
        KnownLookup known = new KnownLookup(options.known())) {
      progress.phase("reading", source.layers().stream().mapToLong(LayerSource::size).sum());
      LayerReader reader = new LayerReader(spool, hashing, progress::advance, progress::notice);
      TreeBuilder merger = new TreeBuilder();
      List<Layer> layers = new ArrayList<>();
      for (LayerSource next : source.layers()) {
        Layer layer = next.read(reader);
        merger.apply(layer, next.name());
        layers.add(layer);
      }
      return build(source, merger.build(), layers, known.await());
    }
  }

  /// The source's digest, once every layer has turned out to have its own.
  private static Digest id(ImageSource source, List<Layer> layers) throws IOException {
    Digest top = Digest.of(new byte[0]);
    for (Layer layer : layers) {
      top = layer.diffId();
    }
    return source.id().orElse(top);
  }

  private BuiltImage build(ImageSource source, Tree tree, List<Layer> layers, KnownChunks known)
      throws IOException {
    List<TreeInode> files = tree.filesInPathOrder();
    long fileBytes = fileBytes(files, source);
    StoredChunks stored = store(files, known, "packs");
    if (!stored.isCompact()) {
      progress.notice(
          "most of what the earlier images' packs hold is not in this one: it gets packs of its own");
      stored = store(files, new KnownChunks(), "packs-anew");
    }
    Map<Digest, Path> blobs = new HashMap<>();
    stored.written().forEach(pack -> blobs.put(pack.written().digest(), pack.path()));
    List<PackReference> references =
        stored.packs().stream().map(pack -> new PackReference(pack.digest(), pack.size())).toList();
    IndexBlob index =
        writeIndex(
            new IndexContent(
                tree,
                stored.extents(),
                stored.chunks(),
                references,
                stored.blockRoots(),
                ChunkFormat.CUTTING),
            blobs);
    Manifest manifest =
        new Manifest(
            source.config(),
            index,
            stored.packs(),
            new Manifest.Source(source.transport(), id(source, layers)),
            new Manifest.Statistics(tree.entries(), files.size(), fileBytes));
    return new BuiltImage(manifest, blobs, BuildReport.of(tree, stored));
  }

  private static long stored(TreeInode file) {
    return Objects.requireNonNull(file.content(), "not a regular file").data().stored();
  }

  /// Holes cost nothing, so that a small archive may hold more of them than a number counts.
  private static long fileBytes(List<TreeInode> files, ImageSource source)
      throws BadArchiveException {
    long bytes = 0;
    for (TreeInode file : files) {
      bytes += file.size();
      if (bytes < 0) {
        throw new BadArchiveException(
            source.transport(), "its sparse files have together more than 2^63 bytes");
      }
    }
    return bytes;
  }

  private StoredChunks store(List<TreeInode> files, KnownChunks known, String folder)
      throws IOException {
    progress.phase("packing", files.stream().mapToLong(ImageBuilder::stored).sum());
    try (PackSeriesWriter series =
            new PackSeriesWriter(Files.createDirectory(work.resolve(folder)));
        ChunkPipeline pipeline = new ChunkPipeline(series, options, known, progress::advance)) {
      new FileChunker(pipeline::acceptLarge, pipeline::accept).chunk(files);
      return pipeline.finish();
    }
  }

  private IndexBlob writeIndex(IndexContent content, Map<Digest, Path> blobs) throws IOException {
    Path plain = work.resolve("index.mdb");
    Path compressed = work.resolve("index.zst");
    new IndexWriter().write(content, plain);
    long contentSize = Files.size(plain);
    progress.phase("indexing", contentSize);
    MessageDigest contentHash = Digest.newSha256();
    MessageDigest blobHash = Digest.newSha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(plain), contentHash);
        ZstdOutputStream out =
            new ZstdOutputStream(outputStream(compressed, blobHash), INDEX_LEVEL)) {
      out.setChecksum(true).setWindowLog(IndexFormat.WINDOW_LOG);
      progress.advance(in.transferTo(out));
    } catch (IOException e) {
      throw SwayException.cannotWrite(compressed, e);
    }
    Digest digest = Digest.finish(blobHash);
    try (FileChannel channel =
        FileChannel.open(compressed, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      DurableFile.settle(channel, compressed, digest);
    }
    blobs.put(digest, compressed);
    return new IndexBlob(digest, Files.size(compressed), Digest.finish(contentHash), contentSize);
  }

  private static OutputStream outputStream(Path path, MessageDigest hash) throws IOException {
    return new DigestOutputStream(Files.newOutputStream(path), hash);
  }
}
