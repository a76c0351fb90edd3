package dev.sway.formats.read;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.pack.PackEntry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Checks images completely: manifest, index, packs, and every reference between them. Goes on
/// after a problem as far as it can. A blob that several images have is checked once. Its methods
/// are for one thread; packs are read on several, and what is wrong is told in the same order
/// whatever their number.
///
/// LMDB trusts its file, so an index is looked into only where its digests match.
public final class ImageVerifier {
  private static final int EXAMPLES = 3;

  private final BlobSource blobs;
  private final Path folder;
  private final int threads;
  private final Consumer<Problem> problems;
  private final Set<Digest> images = new HashSet<>();
  private final Set<Digest> seen = new HashSet<>();
  private final Set<Digest> verified = new HashSet<>();
  private final Set<ChunkId> damaged = new HashSet<>();
  private final Map<ChunkId, Digest> roots = new HashMap<>();
  private long packs;
  private long chunks;
  private long inodes;
  private long bytes;
  private long found;

  /// What was checked.
  ///
  /// @param images how many manifests
  /// @param inodes of their trees
  /// @param packs how many different ones
  /// @param chunks in them
  /// @param bytes of content that were decompressed and have the right digests
  /// @param problems how many were found
  public record Totals(
      long images, long inodes, long packs, long chunks, long bytes, long problems) {}

  /// @param folder for indexes, one at a time
  /// @param threads that read packs, at least 1; each takes the memory of a pack's table and a
  ///   chunk
  /// @param problems is told of each problem, by the thread that calls this
  public ImageVerifier(BlobSource blobs, Path folder, int threads, Consumer<Problem> problems) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads " + threads);
    }
    this.blobs = blobs;
    this.folder = folder;
    this.threads = threads;
    this.problems = problems;
  }

  /// What was checked so far.
  public Totals totals() {
    return new Totals(images.size(), inodes, packs, chunks, bytes, found);
  }

  /// Checks the image whose manifest has this digest, unless that was done.
  ///
  /// @throws IOException where the source of the blobs fails, which says nothing of the image
  public void verifyImage(Digest digest) throws IOException {
    if (!images.add(digest)) {
      return;
    }
    seen.add(digest);
    try {
      Manifest manifest = StoredImage.manifest(blobs, digest);
      seen.addAll(manifest.blobs());
      verify(digest, manifest);
    } catch (SwayException e) {
      report(digest, "manifest " + digest, e);
    }
  }

  /// Checks the digest of a blob that no image names, unless that was done.
  public void verifyBlob(Digest digest) throws IOException {
    if (!seen.add(digest)) {
      return;
    }
    try (InputStream in = blobs.stream(digest)) {
      var sha256 = Digest.newSha256();
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        Digest.update(sha256, buffer, 0, count);
      }
      Digest actual = Digest.finish(sha256);
      if (!actual.equals(digest)) {
        problem(digest, "blob %s: its bytes have the digest %s".formatted(digest, actual));
      }
    } catch (SwayException e) {
      report(digest, "blob " + digest, e);
    }
  }

  private void report(Digest blob, String name, SwayException failure) throws SwayException {
    problem(Problem.of(blob, name, failure));
  }

  private void problem(Digest blob, String what) {
    problem(new Problem(blob, what));
  }

  private void problem(Problem problem) {
    found++;
    problems.accept(problem);
  }

  private void verify(Digest digest, Manifest manifest) throws IOException {
    Digest indexDigest = manifest.index().digest();
    Path file = folder.resolve(indexDigest.hex() + ".mdb");
    try {
      IndexFile.fetch(blobs, manifest.index(), file);
      try (IndexReader index = IndexReader.open(file)) {
        String name = "index " + indexDigest;
        IndexFile.checkPacks(manifest, index);
        new IndexVerifier(index, manifest, what -> problem(indexDigest, name + ": " + what))
            .verify();
        inodes += index.counts().inodes();
        verifyPacks(manifest, new ChunksByPack(index, manifest));
        verifyBlockRoots(index, indexDigest);
        nameFiles(digest, index);
        return;
      }
    } catch (SwayException e) {
      report(indexDigest, "index " + indexDigest, e);
    } finally {
      Files.deleteIfExists(file);
    }
    // Without an index the packs can still be checked by their own tables.
    verifyPacks(manifest, null);
  }

  /// Has each pack read once, and its table held against every index that refers to it.
  private void verifyPacks(Manifest manifest, @Nullable ChunksByPack index) throws IOException {
    try (OrderedWork<PackVerifier.Findings> work =
        new OrderedWork<>(threads, "verify-", this::take)) {
      for (int ordinal = 0; ordinal < manifest.packs().size(); ordinal++) {
        PackBlob pack = manifest.packs().get(ordinal);
        boolean first = verified.add(pack.digest());
        if (first) {
          packs++;
          chunks += pack.chunks();
        }
        List<PackEntry> inIndex = index == null ? List.of() : index.of(ordinal);
        work.add(new PackVerifier(blobs, pack, inIndex, first));
      }
      work.finish();
    }
  }

  private void take(PackVerifier.Findings findings) {
    findings.problems().forEach(this::problem);
    damaged.addAll(findings.damaged());
    roots.putAll(findings.roots());
    bytes += findings.bytes();
  }

  /// Checks the roots that an index has for what hot packs are verified by.
  private void verifyBlockRoots(IndexReader index, Digest digest) throws IOException {
    index.read(session -> {
      for (int chunk = 0; chunk < session.chunks(); chunk++) {
        try {
          verifyBlockRoot(session, chunk, digest);
        } catch (CorruptException e) {
          report(digest, "index " + digest, e);
        }
      }
      return true;
    });
  }

  private void verifyBlockRoot(IndexSession session, int chunk, Digest index)
      throws CorruptException {
    Digest root = session.blockRoot(chunk);
    Digest actual = roots.get(session.chunk(chunk).id());
    if (root != null && actual != null && !root.equals(actual)) {
      problem(
          index,
          "index %s: says that the blocks of chunk %d have the root %s, they have %s"
              .formatted(index, chunk, root, actual));
    }
  }

  /// Says which files of an image suffer from damaged chunks.
  private void nameFiles(Digest image, IndexReader index) throws IOException {
    if (damaged.isEmpty()) {
      return;
    }
    List<String> examples = new ArrayList<>();
    long count = 0;
    TreeWalk walk = new TreeWalk(index, TreeWalk.root(index), EntryPath.MAX_DEPTH);
    while (walk.hasNext()) {
      TreeEntry entry = walk.next();
      boolean hit = !entry.isDirectory() && isDamaged(index, entry.inode());
      if (hit && ++count <= EXAMPLES) {
        examples.add("'" + entry.path() + "'");
      }
    }
    if (count == 0) {
      return;
    }
    problem(
        image,
        "manifest %s: %d of its files have damaged chunks: %s%s"
            .formatted(
                image, count, String.join(", ", examples), count > EXAMPLES ? " and others" : ""));
  }

  private boolean isDamaged(IndexReader index, InodeRecord inode) throws IOException {
    boolean[] hit = {false};
    Extents.each(
        index,
        inode,
        extent -> {
          ChunkId chunk = index.read(session -> session.chunk(extent.chunk()).id());
          hit[0] |= damaged.contains(chunk);
        });
    return hit[0];
  }

  /// The chunks of an index by pack and offset. Takes eight bytes of memory for each chunk.
  private static final class ChunksByPack {
    private final IndexReader index;
    private final int[] ordinals;
    private final int[] starts;

    ChunksByPack(IndexReader index, Manifest manifest) throws IOException {
      this.index = index;
      int packs = manifest.packs().size();
      int count = index.counts().chunks();
      ordinals = new int[count];
      starts = new int[packs + 1];
      int[] packOf = new int[count];
      index.read(session -> {
        for (int i = 0; i < count; i++) {
          packOf[i] = Math.min(packs, session.chunk(i).pack());
        }
        return true;
      });
      int[] next = new int[packs + 2];
      for (int pack : packOf) {
        next[pack + 1]++;
      }
      Arrays.parallelPrefix(next, Integer::sum);
      System.arraycopy(next, 0, starts, 0, packs + 1);
      for (int i = 0; i < count; i++) {
        ordinals[next[packOf[i]]++] = i;
      }
    }

    List<PackEntry> of(int pack) throws IOException {
      return index.read(session -> {
        List<PackEntry> entries = new ArrayList<>(starts[pack + 1] - starts[pack]);
        for (int i = starts[pack]; i < starts[pack + 1]; i++) {
          ChunkLocation chunk = session.chunk(ordinals[i]);
          entries.add(new PackEntry(chunk.id(), chunk.offset(), chunk.stored(), chunk.length()));
        }
        entries.sort(Comparator.comparingLong(PackEntry::offset));
        return entries;
      });
    }
  }
}
