package dev.sway.swayctl.image;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.read.ChunkReader;
import dev.sway.formats.read.Extents;
import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TreeEntry;
import dev.sway.formats.read.TreeWalk;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Compares the trees of two images. Both are walked at once in the order of their paths; contents
/// are compared by the chunks that hold them, and only where these differ and the sizes do not, by
/// their bytes. Used once, by one thread.
public final class TreeDiff {
  private final Side before;
  private final Side after;
  private final Sink sink;
  private long added;
  private long removed;
  private long changed;

  /// A path that differs.
  ///
  /// @param change `A` added, `D` removed, `M` modified
  /// @param path in the image
  /// @param what differs where it is modified: `type`, `content`, `mode`, `owner`, `mtime`, `link`,
  ///   `device`, `xattrs`, `links`
  public record Change(String change, String path, List<String> what) {
    public Change {
      what = List.copyOf(what);
    }
  }

  /// What the second image has in common with the first.
  ///
  /// @param added paths
  /// @param removed paths
  /// @param modified paths
  /// @param sharedChunks of the second image that the first has
  /// @param sharedChunkBytes of them, as they are stored
  /// @param newChunks of the second image that the first has not
  /// @param newChunkBytes of them, as they are stored
  /// @param sharedPacks of the second image that the first has
  /// @param sharedPackBytes of them
  /// @param newPacks of the second image that the first has not
  /// @param newPackBytes of them: what an upload or an eager pull transfers
  public record Totals(
      long added,
      long removed,
      long modified,
      long sharedChunks,
      long sharedChunkBytes,
      long newChunks,
      long newChunkBytes,
      long sharedPacks,
      long sharedPackBytes,
      long newPacks,
      long newPackBytes) {}

  /// Takes changes in the order of their paths.
  @FunctionalInterface
  public interface Sink {
    /// Takes the next change.
    void accept(Change change) throws IOException;
  }

  /// One of the images.
  private record Side(StoredImage image, ChunkReader chunks) {
    Side(StoredImage image) {
      this(image, image.chunks());
    }

    TreeWalk walk() throws IOException {
      return new TreeWalk(image.index(), TreeWalk.root(image.index()), EntryPath.MAX_DEPTH);
    }

    /// Where the content of a file lies: it is the same where this is.
    Digest places(InodeRecord file) throws IOException {
      MessageDigest sha256 = Digest.newSha256();
      Extents.each(
          image.index(),
          file,
          extent -> {
            ChunkId chunk = image.index().read(session -> session.chunk(extent.chunk()).id());
            sha256.update(chunk.digest().bytes());
            String place = extent.fileOffset() + " " + extent.chunkOffset() + " " + extent.length();
            sha256.update(place.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
          });
      return Digest.finish(sha256);
    }

    Digest content(InodeRecord file) throws IOException {
      MessageDigest sha256 = Digest.newSha256();
      chunks.read(file, sha256::update);
      return Digest.finish(sha256);
    }

    byte @Nullable [] xattr(InodeRecord inode, ByteName name) throws IOException {
      return image.index().read(session -> session.xattr(inode.number(), name));
    }

    List<ByteName> xattrNames(InodeRecord inode) throws IOException {
      return image.index().read(session -> session.xattrNames(inode.number()));
    }
  }

  /// @param before the first image
  /// @param after the second one
  /// @param sink gets what differs
  public TreeDiff(StoredImage before, StoredImage after, Sink sink) {
    this.before = new Side(before);
    this.after = new Side(after);
    this.sink = sink;
  }

  /// Compares all of both.
  public Totals compare() throws IOException {
    TreeWalk left = before.walk();
    TreeWalk right = after.walk();
    TreeEntry old = next(left);
    TreeEntry young = next(right);
    while (old != null || young != null) {
      int order = old == null ? 1 : young == null ? -1 : compare(old.path(), young.path());
      if (order < 0) {
        removed++;
        sink.accept(new Change("D", Objects.requireNonNull(old).path().toString(), List.of()));
        old = next(left);
      } else if (order > 0) {
        added++;
        sink.accept(new Change("A", Objects.requireNonNull(young).path().toString(), List.of()));
        young = next(right);
      } else {
        compare(Objects.requireNonNull(old), Objects.requireNonNull(young));
        old = next(left);
        young = next(right);
      }
    }
    return totals();
  }

  private static @Nullable TreeEntry next(TreeWalk walk) throws IOException {
    return walk.hasNext() ? walk.next() : null;
  }

  /// The order of the walk.
  private static int compare(EntryPath a, EntryPath b) {
    List<ByteName> left = a.components();
    List<ByteName> right = b.components();
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = left.get(i).compareTo(right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  private void compare(TreeEntry old, TreeEntry young) throws IOException {
    List<String> what = new ArrayList<>();
    InodeRecord a = old.inode();
    InodeRecord b = young.inode();
    note(what, "type", old.type() != young.type());
    if (old.type() == young.type()) {
      note(what, "content", old.type() == FileType.REGULAR && contentDiffers(a, b));
      note(what, "link", !Objects.equals(old.linkTarget(), young.linkTarget()));
      note(
          what, "device", a.deviceMajor() != b.deviceMajor() || a.deviceMinor() != b.deviceMinor());
      note(what, "links", !old.isDirectory() && a.links() != b.links());
    }
    note(what, "mode", (a.mode() & ~FileType.MASK) != (b.mode() & ~FileType.MASK));
    note(what, "owner", a.uid() != b.uid() || a.gid() != b.gid());
    note(what, "mtime", a.mtimeSeconds() != b.mtimeSeconds() || a.mtimeNanos() != b.mtimeNanos());
    note(what, "xattrs", xattrsDiffer(a, b));
    if (!what.isEmpty()) {
      changed++;
      sink.accept(new Change("M", young.path().toString(), what));
    }
  }

  private static void note(List<String> what, String word, boolean differs) {
    if (differs) {
      what.add(word);
    }
  }

  private boolean contentDiffers(InodeRecord a, InodeRecord b) throws IOException {
    if (a.size() != b.size()) {
      return true;
    }
    return !before.places(a).equals(after.places(b)) && !before.content(a).equals(after.content(b));
  }

  private boolean xattrsDiffer(InodeRecord a, InodeRecord b) throws IOException {
    if (!a.hasXattrs() && !b.hasXattrs()) {
      return false;
    }
    List<ByteName> names = before.xattrNames(a);
    if (!names.equals(after.xattrNames(b))) {
      return true;
    }
    for (ByteName name : names) {
      if (!Arrays.equals(before.xattr(a, name), after.xattr(b, name))) {
        return true;
      }
    }
    return false;
  }

  private Totals totals() throws IOException {
    Set<ChunkId> known = ChunkSet.of(before.image());
    long[] sums = new long[4];
    int count = after.image().index().counts().chunks();
    after
        .image()
        .index()
        .read(session -> {
          for (int i = 0; i < count; i++) {
            ChunkLocation chunk = session.chunk(i);
            int at = known.contains(chunk.id()) ? 0 : 2;
            sums[at]++;
            sums[at + 1] += chunk.stored();
          }
          return true;
        });
    Set<Digest> packs = new HashSet<>(before.image().manifest().blobs());
    long[] packSums = new long[4];
    for (PackBlob pack : after.image().manifest().packs()) {
      int at = packs.contains(pack.digest()) ? 0 : 2;
      packSums[at]++;
      packSums[at + 1] += pack.size();
    }
    return new Totals(
        added,
        removed,
        changed,
        sums[0],
        sums[1],
        sums[2],
        sums[3],
        packSums[0],
        packSums[1],
        packSums[2],
        packSums[3]);
  }
}
