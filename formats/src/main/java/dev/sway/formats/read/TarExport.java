package dev.sway.formats.read;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.tar.SparseMap;
import dev.sway.formats.tar.TarHeader;
import dev.sway.formats.tar.TarWriter;
import dev.sway.formats.tree.FileType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes the tree of an image as one tar, from which the same tree is made again: every name,
/// every attribute, hard links as links, holes as holes.
///
/// Memory depends on the number of hard-linked inodes and the largest directory only. Not
/// thread-safe.
public final class TarExport {
  /// What was written.
  ///
  /// @param entries of the tar, the root included
  /// @param fileBytes content of the regular files
  public record Written(long entries, long fileBytes) {}

  private final IndexReader index;
  private final ChunkReader chunks;
  private final TarWriter tar;

  /// The first path of each inode that has several.
  private final Map<Long, ByteName> linked = new HashMap<>();

  /// @param out gets the tar; buffered by whoever gives it, and theirs to close
  public TarExport(StoredImage image, OutputStream out) {
    index = image.index();
    chunks = image.chunksAhead();
    tar = new TarWriter(out);
  }

  /// Writes the whole image. Once only.
  public Written write() throws IOException {
    TreeWalk walk = new TreeWalk(index, TreeWalk.root(index), EntryPath.MAX_DEPTH);
    long entries = 0;
    long fileBytes = 0;
    while (walk.hasNext()) {
      TreeEntry entry = walk.next();
      entries++;
      fileBytes += write(entry);
    }
    tar.finish();
    return new Written(entries, fileBytes);
  }

  /// Writes one entry; answers how many bytes of content it has.
  private long write(TreeEntry entry) throws IOException {
    ByteName path = path(entry);
    InodeRecord inode = entry.inode();
    if (!entry.isDirectory() && inode.links() > 1) {
      ByteName first = linked.putIfAbsent(inode.number(), path);
      if (first != null) {
        tar.begin(
            header(
                entry,
                path,
                TarHeader.HARD_LINK,
                first,
                SparseMap.whole(0),
                Collections.emptySortedMap()));
        return 0;
      }
    }
    ByteName target = entry.linkTarget();
    boolean file = entry.type() == FileType.REGULAR;
    SparseMap data = file ? data(inode) : SparseMap.whole(0);
    tar.begin(
        header(
            entry,
            path,
            type(entry.type()),
            target == null ? ByteName.of("") : target,
            data,
            xattrs(inode)));
    if (!file) {
      return 0;
    }
    if (data.isSparse()) {
      chunks.readData(inode, tar::content);
    } else {
      chunks.read(inode, tar::content);
    }
    return inode.size();
  }

  /// Where the tar has a file's data. Holes that begin within a block, which a tar cannot have, are
  /// written as zeros.
  private SparseMap data(InodeRecord inode) throws IOException {
    SparseMap data = chunks.data(inode);
    boolean[] aligned = {true};
    data.parts(
        0,
        data.stored(),
        (_, position, length) ->
            aligned[0] &= length % TarWriter.BLOCK == 0 || position + length == data.stored());
    return aligned[0] ? data : SparseMap.whole(inode.size());
  }

  private static TarHeader header(
      TreeEntry entry,
      ByteName path,
      char type,
      ByteName link,
      SparseMap data,
      SortedMap<ByteName, byte[]> xattrs) {
    InodeRecord inode = entry.inode();
    return new TarHeader(
        path,
        type,
        inode.mode() & 07777,
        inode.uid(),
        inode.gid(),
        data.stored(),
        data,
        inode.mtimeSeconds(),
        inode.mtimeNanos(),
        link,
        inode.deviceMajor(),
        inode.deviceMinor(),
        xattrs,
        0);
  }

  private SortedMap<ByteName, byte[]> xattrs(InodeRecord inode) throws IOException {
    if (!inode.hasXattrs()) {
      return Collections.emptySortedMap();
    }
    return index.read(session -> {
      SortedMap<ByteName, byte[]> xattrs = new TreeMap<>();
      for (ByteName name : session.xattrNames(inode.number())) {
        byte @Nullable [] value = session.xattr(inode.number(), name);
        if (value != null) {
          xattrs.put(name, value);
        }
      }
      return xattrs;
    });
  }

  private static char type(FileType type) {
    return switch (type) {
      case REGULAR -> TarHeader.FILE;
      case DIRECTORY -> TarHeader.DIRECTORY;
      case SYMLINK -> TarHeader.SYMLINK;
      case CHARACTER_DEVICE -> TarHeader.CHARACTER_DEVICE;
      case BLOCK_DEVICE -> TarHeader.BLOCK_DEVICE;
      case FIFO -> TarHeader.FIFO;
    };
  }

  /// `./` for the root, `usr/bin/` for a directory, `usr/bin/env` for all others.
  private static ByteName path(TreeEntry entry) {
    if (entry.path().isRoot()) {
      return ByteName.of("./");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteName name : entry.path().components()) {
      if (bytes.size() > 0) {
        bytes.write('/');
      }
      bytes.writeBytes(name.bytes());
    }
    if (entry.isDirectory()) {
      bytes.write('/');
    }
    return ByteName.of(bytes.toByteArray());
  }
}
