package dev.sway.formats.read;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexCounts;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Checks every record of an index: that each inode has the names and links it says, that extents
/// lie in their files and chunks, chunks in their packs, and that nothing is there besides. Takes a
/// few bytes of memory for each inode. Used once, by one thread.
final class IndexVerifier {
  private static final int MAX_LINK_TARGET = 4095;
  private static final int MAX_XATTR = 1 << 16;
  private static final int NANOS = 1_000_000_000;
  private static final long ROOT = 1;

  private final IndexReader index;
  private final Manifest manifest;
  private final Consumer<String> problems;
  private final BitSet visited = new BitSet();
  private final int[] links;
  private int[] chunkLengths = {};
  private long entries = 1;
  private long files;
  private long fileBytes;
  private long xattrs;
  private long extentTables;

  /// @param problems is told what is wrong, without the name of the index
  IndexVerifier(IndexReader index, Manifest manifest, Consumer<String> problems) {
    this.index = index;
    this.manifest = manifest;
    this.problems = problems;
    links = new int[inodes() + 1];
  }

  /// A directory that is still to be walked.
  private record Directory(@Nullable Directory parent, ByteName name, long inode) {
    EntryPath path() {
      Deque<ByteName> names = new ArrayDeque<>();
      for (Directory at = this; at != null && at.parent != null; at = at.parent) {
        names.push(at.name);
      }
      return new EntryPath(List.copyOf(names));
    }
  }

  private record Entry(ByteName name, long inode, int mode) {}

  /// How many inodes are looked at: as many as the index says, where it has them.
  private int inodes() {
    return Math.clamp(index.counts().inodes(), 0, Integer.MAX_VALUE - 8);
  }

  /// Checks all of it.
  ///
  /// @throws CorruptException where a record cannot even be read
  void verify() throws IOException {
    index.read(session -> {
      IndexCounts records = session.records();
      IndexReader.Counts counts = index.counts();
      compare("inode records", records.inodes(), counts.inodes());
      compare("chunk records", records.chunks(), counts.chunks());
      compare("pack records", records.packs(), counts.packs());
      if (records.blockRoots() > 0) {
        compare("block records", records.blockRoots(), counts.chunks());
      }
      if (records.inodes() != counts.inodes() || records.chunks() != counts.chunks()) {
        return false;
      }
      verifyChunks(session);
      walk(session);
      verifyUnnamed(session);
      compare("dirent records", records.dirents(), entries - 1);
      compare("xattr records", records.xattrs(), xattrs);
      compare("extent records", records.extents(), extentTables);
      compare("entries", counts.entries(), entries);
      return true;
    });
    compareWithManifest("entries", entries, manifest.statistics().entries());
    compareWithManifest("files", files, manifest.statistics().files());
    compareWithManifest("file bytes", fileBytes, manifest.statistics().fileBytes());
  }

  private void compare(String what, long actual, long expected) {
    if (actual != expected) {
      problems.accept("has %d %s, but %d are accounted for".formatted(actual, what, expected));
    }
  }

  private void compareWithManifest(String what, long actual, long expected) {
    if (actual != expected) {
      problems.accept("has %d %s, its manifest says %d".formatted(actual, what, expected));
    }
  }

  private void verifyChunks(IndexSession session) {
    chunkLengths = new int[index.counts().chunks()];
    for (int ordinal = 0; ordinal < chunkLengths.length; ordinal++) {
      try {
        ChunkLocation chunk = session.chunk(ordinal);
        chunkLengths[ordinal] = chunk.length();
        if (chunk.pack() >= manifest.packs().size()) {
          problems.accept(
              "chunk %d lies in pack %d, which is none".formatted(ordinal, chunk.pack()));
        } else if (chunk.offset() > manifest.packs().get(chunk.pack()).size() - chunk.stored()) {
          problems.accept(
              "chunk %d ends behind its pack %d: %d bytes at %d"
                  .formatted(ordinal, chunk.pack(), chunk.stored(), chunk.offset()));
        }
      } catch (CorruptException e) {
        problems.accept(e.getMessage());
      }
    }
  }

  private void walk(IndexSession session) throws IOException {
    Directory root = new Directory(null, ByteName.of(""), ROOT);
    Deque<Directory> rest = new ArrayDeque<>();
    if (inodes() >= ROOT && verifyInode(session, ROOT, "/") == FileType.DIRECTORY) {
      rest.push(root);
    } else {
      problems.accept("its root is no directory");
    }
    while (!rest.isEmpty()) {
      Directory directory = rest.pop();
      links[(int) directory.inode()] += 2;
      List<Entry> children = new ArrayList<>();
      session.entries(
          directory.inode(), (name, inode, mode) -> children.add(new Entry(name, inode, mode)));
      for (Entry child : children) {
        entries++;
        verifyEntry(session, directory, child, rest);
      }
    }
  }

  private void verifyEntry(
      IndexSession session, Directory parent, Entry entry, Deque<Directory> rest)
      throws IOException {
    Directory named = new Directory(parent, entry.name(), entry.inode());
    String path = named.path().toString();
    if (!isName(entry.name())) {
      problems.accept("'%s' is not a name".formatted(path));
    }
    if (entry.inode() < ROOT || entry.inode() > inodes()) {
      problems.accept("'%s' names the inode %d, which is none".formatted(path, entry.inode()));
      return;
    }
    InodeRecord inode = session.inode(entry.inode());
    if (inode != null && inode.mode() != entry.mode()) {
      problems.accept(
          "'%s' has the mode %o in its directory, %o in inode %d"
              .formatted(path, entry.mode(), inode.mode(), entry.inode()));
    }
    boolean isDirectory =
        inode != null && FileType.ofMode(inode.mode()).orElse(null) == FileType.DIRECTORY;
    if (isDirectory && visited.get((int) entry.inode())) {
      problems.accept("'%s' is one more name of the directory %d".formatted(path, entry.inode()));
      return;
    }
    links[(int) (isDirectory ? parent.inode() : entry.inode())]++;
    if (!visited.get((int) entry.inode())
        && verifyInode(session, entry.inode(), path) == FileType.DIRECTORY) {
      rest.push(named);
    }
  }

  private static boolean isName(ByteName name) {
    return name.length() > 0
        && name.length() <= ByteName.MAX_BYTES
        && !name.contains((byte) '/')
        && !name.contains((byte) 0)
        && !name.equals(ByteName.of("."))
        && !name.equals(ByteName.of(".."));
  }

  private void verifyUnnamed(IndexSession session) throws IOException {
    for (int number = 1; number <= inodes(); number++) {
      if (!visited.get(number)) {
        problems.accept("inode %d has no name under the root".formatted(number));
        verifyInode(session, number, "?");
        continue;
      }
      InodeRecord inode = session.inode(number);
      if (inode != null && inode.links() != links[number]) {
        problems.accept(
            "inode %d says it has %d links, it has %d"
                .formatted(number, inode.links(), links[number]));
      }
    }
  }

  /// Checks what an inode says of itself; null where it cannot be told what it is.
  private @Nullable FileType verifyInode(IndexSession session, long number, String path)
      throws IOException {
    visited.set((int) number);
    try {
      InodeRecord inode = session.inode(number);
      FileType type = inode == null ? null : FileType.ofMode(inode.mode()).orElse(null);
      if (inode == null || type == null) {
        wrong(number, path, inode == null ? "is missing" : "has an impossible type");
        return null;
      }
      if ((inode.mode() & ~(FileType.MASK | 07777)) != 0) {
        wrong(number, path, "has the impossible mode %o".formatted(inode.mode()));
      }
      if (inode.mtimeNanos() < 0 || inode.mtimeNanos() >= NANOS) {
        wrong(number, path, "has %d nanoseconds".formatted(inode.mtimeNanos()));
      }
      verifyXattrs(session, inode, path);
      verifyTarget(session, inode, type, path);
      verifyExtents(session, inode, type, path);
      return type;
    } catch (CorruptException e) {
      problems.accept(e.getMessage());
      return null;
    }
  }

  private void wrong(long inode, String path, String what) {
    problems.accept("inode %d ('%s') %s".formatted(inode, path, what));
  }

  private void verifyXattrs(IndexSession session, InodeRecord inode, String path) {
    List<ByteName> names = session.xattrNames(inode.number());
    xattrs += names.size();
    if (inode.hasXattrs() == names.isEmpty()) {
      wrong(inode.number(), path, "has %d xattrs, and says otherwise".formatted(names.size()));
    }
    for (ByteName name : names) {
      byte @Nullable [] value = session.xattr(inode.number(), name);
      if (value == null || value.length > MAX_XATTR) {
        wrong(inode.number(), path, "has an impossible value of the xattr '%s'".formatted(name));
      }
    }
  }

  private void verifyTarget(IndexSession session, InodeRecord inode, FileType type, String path)
      throws IOException {
    ByteName target = session.linkTarget(inode.number());
    if ((target != null) != (type == FileType.SYMLINK)) {
      wrong(inode.number(), path, target == null ? "is a link to nothing" : "has a link's text");
    } else if (target != null
        && (target.length() > MAX_LINK_TARGET
            || target.contains((byte) 0)
            || target.length() != inode.size())) {
      wrong(
          inode.number(),
          path,
          "is a link whose text has %d bytes, its size is %d"
              .formatted(target.length(), inode.size()));
    }
  }

  private void verifyExtents(IndexSession session, InodeRecord inode, FileType type, String path)
      throws IOException {
    List<Extent> extents = session.extentTable(inode.number());
    if (!extents.isEmpty()) {
      extentTables++;
    }
    if (type == FileType.REGULAR) {
      files++;
      fileBytes += inode.size();
    } else if (!extents.isEmpty() || (type != FileType.SYMLINK && inode.size() != 0)) {
      wrong(inode.number(), path, "is no file, and has content");
      return;
    }
    if (inode.size() < 0) {
      wrong(inode.number(), path, "has the impossible size " + inode.size());
      return;
    }
    long end = 0;
    for (Extent extent : extents) {
      String fault = fault(extent, inode, end);
      if (fault != null) {
        wrong(inode.number(), path, fault + ": " + extent);
        return;
      }
      end = extent.fileOffset() + extent.length();
    }
  }

  private @Nullable String fault(Extent extent, InodeRecord inode, long end) {
    if (extent.length() < 1 || extent.chunkOffset() < 0 || extent.fileOffset() < 0) {
      return "has an impossible extent";
    }
    if (extent.fileOffset() < end) {
      return "has an extent that begins before byte %d, where the last one ended".formatted(end);
    }
    if (extent.fileOffset() > inode.size() - extent.length()) {
      return "has an extent that ends behind its %d bytes".formatted(inode.size());
    }
    if (extent.chunk() < 0 || extent.chunk() >= chunkLengths.length) {
      return "has an extent in a chunk that is none";
    }
    // A chunk that could not be read has no length, and was reported.
    int chunk = chunkLengths[extent.chunk()];
    return chunk > 0 && extent.chunkOffset() > chunk - extent.length()
        ? "has an extent that ends behind its chunk of %d bytes".formatted(chunk)
        : null;
  }
}
