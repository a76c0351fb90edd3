package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.tar.TarHeader;
import dev.sway.formats.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Reads the tar of a layer into entries, verifies its digest, and makes sure that every path stays
/// inside the image.
///
/// The content of an uncompressed layer stays where it is; that of a compressed one goes to a
/// spool. Not thread-safe.
public final class LayerReader {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  /// How names begin that aufs left in old images: they mean nothing.
  private static final String AUFS_METADATA = ".wh..wh.";

  private static final int HEADERS_BUFFER = 1 << 14;

  private final ContentSpool spool;
  private final Executor hashing;
  private final LongConsumer progress;
  private final Consumer<String> notices;
  private final LayerLimits limits;
  private long entriesRead;

  /// @param spool where the content of compressed layers goes
  /// @param hashing hashes uncompressed layers while their entries are used already
  /// @param progress is told how many more bytes of a layer's blob were read
  /// @param notices is told of what cannot be part of an image and is left out
  public LayerReader(
      ContentSpool spool, Executor hashing, LongConsumer progress, Consumer<String> notices) {
    this(spool, hashing, progress, notices, LayerLimits.DEFAULT);
  }

  LayerReader(
      ContentSpool spool,
      Executor hashing,
      LongConsumer progress,
      Consumer<String> notices,
      LayerLimits limits) {
    this.spool = spool;
    this.hashing = hashing;
    this.progress = progress;
    this.notices = notices;
    this.limits = limits;
  }

  /// Tells of something that a layer has and an image cannot have; one line.
  public void notice(String text) {
    notices.accept(text);
  }

  /// Reads one layer.
  ///
  /// @throws BadArchiveException where it is truncated, malformed, hostile, or does not match its
  ///   digest; the last is told by [Layer#diffId] for an uncompressed layer
  public Layer read(LayerBlob layer) throws IOException {
    Decompression compression = Decompression.detect(layer.file(), layer.offset(), layer.size());
    return compression == Decompression.NONE ? readPlain(layer) : decompress(layer, compression);
  }

  private Layer readPlain(LayerBlob layer) throws IOException {
    if (!layer.hasDigest()) {
      return readUnnamed(layer, headers(layer), null);
    }
    FutureTask<Digest> diffId = new FutureTask<>(() -> LayerDigest.ofBytes(layer));
    hashing.execute(diffId);
    boolean read = false;
    try {
      List<LayerEntry> entries = readTar(layer, new TarReader(headers(layer), layer.name()), null);
      progress.accept(layer.size());
      read = true;
      return new Layer(entries, diffId);
    } finally {
      if (!read) {
        diffId.cancel(true);
      }
    }
  }

  /// An uncompressed tar for who skips the content. Most files are small, so that one read finds
  /// several headers.
  private static InputStream headers(LayerBlob layer) {
    return new BufferedInputStream(
        layer.file().stream(layer.offset(), layer.size()), HEADERS_BUFFER);
  }

  /// Reads a tar that has no digest to be checked: that of its headers will do, since its content
  /// is hashed in chunks.
  ///
  /// @param decompressed what `in` is, or null where the layer is not compressed
  private Layer readUnnamed(LayerBlob layer, InputStream in, @Nullable LimitedStream decompressed)
      throws IOException {
    MessageDigest headers = Digest.newSha256();
    List<LayerEntry> entries =
        readTar(layer, new TarReader(in, layer.name(), headers), decompressed);
    progress.accept(decompressed == null ? layer.size() : 0);
    return new Layer(entries, CompletableFuture.completedFuture(Digest.finish(headers)));
  }

  private Layer decompress(LayerBlob layer, Decompression compression) throws IOException {
    HashingStream blob =
        new HashingStream(layer.file().stream(layer.offset(), layer.size()), progress);
    try (InputStream decompressed = compression.open(blob, layer.name())) {
      LimitedStream limited = limits.limited(decompressed, layer.size(), layer.name());
      if (!layer.hasDigest()) {
        Layer read = readUnnamed(layer, limited, limited);
        blob.transferTo(OutputStream.nullOutputStream());
        return read;
      }
      HashingStream tar = new HashingStream(limited, bytes -> {});
      List<LayerEntry> entries = readTar(layer, new TarReader(tar, layer.name()), limited);
      blob.transferTo(OutputStream.nullOutputStream());
      Digest diffId = tar.digest();
      LayerDigest.check(layer, "compressed bytes", layer.blobDigest(), blob.digest());
      LayerDigest.check(layer, "bytes", layer.diffId(), diffId);
      return new Layer(entries, CompletableFuture.completedFuture(diffId));
    } catch (SwayException | FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new BadArchiveException(
          layer.name(),
          "cannot be decompressed (%s): %s; the archive is truncated or damaged, make it again"
              .formatted(compression, e.getMessage()),
          e);
    }
  }

  /// @param decompressed what `tar` reads, or null where the layer is not compressed
  private List<LayerEntry> readTar(
      LayerBlob layer, TarReader tar, @Nullable LimitedStream decompressed) throws IOException {
    List<LayerEntry> entries = new ArrayList<>();
    for (var next = tar.next(); next.isPresent(); next = tar.next()) {
      if (++entriesRead > limits.entries()) {
        throw new BadArchiveException(
            layer.name(),
            "the image has more than "
                + limits.entries()
                + " entries, the most that are read; leave some out");
      }
      try {
        addEntry(entries, layer, tar, next.get(), decompressed);
      } catch (IllegalArgumentException e) {
        throw new BadArchiveException(
            layer.name(), "the entry '" + next.get().path() + "' is refused: " + e.getMessage(), e);
      }
    }
    tar.drain();
    return entries;
  }

  private void addEntry(
      List<LayerEntry> entries,
      LayerBlob layer,
      TarReader tar,
      TarHeader header,
      @Nullable LimitedStream decompressed)
      throws IOException {
    EntryPath path = EntryPath.parse(header.path());
    if (!path.isRoot() && path.name().startsWith(WHITEOUT)) {
      addWhiteout(entries, path);
      return;
    }
    for (ByteName name : path.components()) {
      if (name.startsWith(AUFS_METADATA)) {
        return;
      }
    }
    EntryRules.requireXattrs(header.xattrs());
    Attributes attributes =
        new Attributes(
            header.mode(),
            header.uid(),
            header.gid(),
            header.mtimeSeconds(),
            header.mtimeNanos(),
            header.xattrs());
    if (header.isFile() && !isOldDirectory(header)) {
      EntryRules.requireName(path);
      entries.add(new LayerEntry.File(path, attributes, content(layer, tar, header, decompressed)));
      return;
    }
    switch (header.type()) {
      case TarHeader.DIRECTORY, TarHeader.FILE, TarHeader.OLD_FILE ->
          entries.add(new LayerEntry.Directory(path, attributes));
      case TarHeader.SYMLINK ->
          entries.add(
              new LayerEntry.Symlink(
                  EntryRules.requireName(path), attributes, EntryRules.target(header.linkPath())));
      case TarHeader.HARD_LINK ->
          entries.add(
              new LayerEntry.HardLink(
                  EntryRules.requireName(path),
                  EntryRules.requireName(EntryPath.parse(header.linkPath()))));
      case TarHeader.CHARACTER_DEVICE, TarHeader.BLOCK_DEVICE ->
          entries.add(
              new LayerEntry.Device(
                  EntryRules.requireName(path),
                  attributes,
                  header.type() == TarHeader.BLOCK_DEVICE,
                  header.deviceMajor(),
                  header.deviceMinor()));
      case TarHeader.FIFO ->
          entries.add(new LayerEntry.Fifo(EntryRules.requireName(path), attributes));
      default ->
          notices.accept(
              "%s: the entry '%s' of the unknown type '%s' is left out"
                  .formatted(layer.name(), header.path(), header.type()));
    }
  }

  /// Before POSIX a directory was a file whose name ends with a slash.
  private static boolean isOldDirectory(TarHeader header) {
    ByteName path = header.path();
    return header.type() != TarHeader.CONTIGUOUS_FILE
        && path.length() > 0
        && path.at(path.length() - 1) == '/';
  }

  private static void addWhiteout(List<LayerEntry> entries, EntryPath path) {
    ByteName name = path.name();
    if (name.equals(ByteName.of(OPAQUE))) {
      entries.add(new LayerEntry.Opaque(path.parent()));
    } else if (!name.startsWith(AUFS_METADATA)) {
      ByteName hidden = name.withoutFirst(WHITEOUT.length());
      String text = hidden.toString();
      if (text.isEmpty() || text.equals(".") || text.equals("..")) {
        throw new IllegalArgumentException("a whiteout of '" + text + "'");
      }
      entries.add(new LayerEntry.Whiteout(path.parent().child(hidden)));
    }
  }

  private Content content(
      LayerBlob layer, TarReader tar, TarHeader header, @Nullable LimitedStream decompressed)
      throws IOException {
    if (decompressed == null) {
      return inPlace(layer, header);
    }
    // Before a byte of it is written.
    decompressed.require(header.data().stored());
    return spool.append(tar, header.data(), layer.name());
  }

  private static Content inPlace(LayerBlob layer, TarHeader header) throws BadArchiveException {
    if (header.contentOffset() + header.size() > layer.size()
        || header.contentOffset() + header.size() < 0) {
      throw new BadArchiveException(
          layer.name(),
          "ends within the content of '"
              + header.path()
              + "'; the archive is truncated, make it again");
    }
    return new StoredContent(layer.file(), layer.offset() + header.contentOffset(), header.data());
  }
}
