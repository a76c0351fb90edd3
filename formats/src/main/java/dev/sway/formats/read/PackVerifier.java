package dev.sway.formats.read;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Checks a pack: trailer and table against the manifest and the index, each frame against the
/// digest and length of its chunk, all bytes against the pack's digest. In memory are the table and
/// one chunk, and what is found. One thread.
final class PackVerifier implements Callable<PackVerifier.Findings> {
  private final BlobSource blobs;
  private final PackBlob pack;
  private final List<PackEntry> inIndex;
  private final boolean frames;
  private final String name;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<ChunkId> damaged = new HashSet<>();
  private final Map<ChunkId, Digest> roots = new HashMap<>();
  private final BlockTree tree = new BlockTree();
  private @Nullable List<PackEntry> table;
  private long bytes;

  /// What was found in a pack.
  ///
  /// @param problems in the order in which they were found
  /// @param damaged the chunks whose frames are not what they should be
  /// @param roots of the hash trees of all chunks that matched
  /// @param bytes how many bytes of content were decompressed and matched
  record Findings(
      List<Problem> problems, Set<ChunkId> damaged, Map<ChunkId, Digest> roots, long bytes) {}

  /// @param inIndex the pack's chunks as an index has them, in the order of their offsets
  /// @param frames whether to read the whole pack, or its table only
  PackVerifier(BlobSource blobs, PackBlob pack, List<PackEntry> inIndex, boolean frames) {
    this.blobs = blobs;
    this.pack = pack;
    this.inIndex = inIndex;
    this.frames = frames;
    name = "pack " + pack.digest();
  }

  /// Checks the pack, once.
  ///
  /// @throws IOException where the source of the blobs fails, which says nothing of the pack
  @Override
  public Findings call() throws IOException {
    try {
      verifyTable();
      verifyPlaces();
    } catch (SwayException e) {
      problems.add(Problem.of(pack.digest(), name, e));
    }
    if (frames) {
      try {
        verifyFrames();
      } catch (SwayException e) {
        problems.add(Problem.of(pack.digest(), name, e));
      }
    }
    return new Findings(problems, damaged, roots, bytes);
  }

  private void problem(String what) {
    problems.add(new Problem(pack.digest(), what));
  }

  /// Checks trailer and table.
  ///
  /// @throws CorruptException where there is none that can be used
  private void verifyTable() throws IOException {
    List<PackEntry> entries =
        PackReader.table(
            (offset, length) -> blobs.range(pack.digest(), offset, length), pack.size(), name);
    table = entries;
    long content = entries.stream().mapToLong(PackEntry::length).sum();
    if (entries.size() != pack.chunks() || content != pack.contentSize()) {
      problem(
          "%s: has %d chunks of %d bytes in all, the manifest says %d of %d"
              .formatted(name, entries.size(), content, pack.chunks(), pack.contentSize()));
    }
  }

  /// Checks that chunks of the index lie where the table has them.
  private void verifyPlaces() {
    List<PackEntry> entries = table;
    if (entries == null) {
      return;
    }
    int at = 0;
    for (PackEntry chunk : inIndex) {
      while (at < entries.size() && entries.get(at).offset() < chunk.offset()) {
        at++;
      }
      if (at == entries.size() || !entries.get(at).equals(chunk)) {
        problem(
            "%s: the index has %s of %d bytes in %d at byte %d, the pack's table has not"
                .formatted(name, chunk.id(), chunk.length(), chunk.stored(), chunk.offset()));
      }
    }
  }

  /// Reads the whole pack and checks every frame, by the table or, where that cannot be used, by
  /// the index.
  private void verifyFrames() throws IOException {
    List<PackEntry> entries = table;
    try (InputStream in = blobs.stream(pack.digest())) {
      HashedBlob blob = new HashedBlob(in, pack.digest(), pack.size(), name);
      long at = 0;
      for (PackEntry entry : entries == null ? inIndex : entries) {
        if (entry.offset() < at) {
          continue;
        }
        // What lies between two chunks is hashed, too.
        blob.readTo(entry.offset());
        byte[] frame = blob.readNBytes(entry.stored());
        at = entry.offset() + entry.stored();
        verifyFrame(entry, frame);
      }
      blob.finish();
    }
  }

  private void verifyFrame(PackEntry entry, byte[] frame) {
    String where = "%s at byte %d".formatted(name, entry.offset());
    try {
      if (frame.length < entry.stored()) {
        throw new CorruptException(
            where, "%s has %d of its %d bytes".formatted(entry.id(), frame.length, entry.stored()));
      }
      byte[] content =
          ChunkDecoder.decode(entry.id(), frame, 0, frame.length, entry.length(), where);
      roots.put(entry.id(), tree.root(MemorySegment.ofArray(content)));
      bytes += entry.length();
    } catch (CorruptException e) {
      damaged.add(entry.id());
      problem(e.getMessage());
    }
  }
}
