package dev.sway.formats.read;

import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Checks a pack: trailer and table against the manifest and the index, each frame against the
/// digest and length of its chunk, all bytes against the pack's digest. In memory are the table and
/// one chunk. One thread.
final class PackVerifier {
  private final BlobSource blobs;
  private final PackBlob pack;
  private final String name;
  private final Consumer<String> problems;
  private @Nullable List<PackEntry> table;
  private long bytes;

  /// @param problems is told what is wrong
  PackVerifier(BlobSource blobs, PackBlob pack, Consumer<String> problems) {
    this.blobs = blobs;
    this.pack = pack;
    this.problems = problems;
    name = "pack " + pack.digest();
  }

  /// How many bytes of content were decompressed and matched.
  long bytes() {
    return bytes;
  }

  /// Checks trailer and table.
  ///
  /// @throws CorruptException where there is none that can be used
  void verifyTable() throws IOException {
    List<PackEntry> entries =
        PackReader.table(
            (offset, length) -> blobs.range(pack.digest(), offset, length), pack.size(), name);
    table = entries;
    long content = entries.stream().mapToLong(PackEntry::length).sum();
    if (entries.size() != pack.chunks() || content != pack.contentSize()) {
      problems.accept(
          "%s: has %d chunks of %d bytes in all, the manifest says %d of %d"
              .formatted(name, entries.size(), content, pack.chunks(), pack.contentSize()));
    }
  }

  /// Checks that chunks of an index lie where the table has them.
  ///
  /// @param inIndex in the order of their offsets
  void verifyPlaces(List<PackEntry> inIndex) {
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
        problems.accept(
            "%s: the index has %s of %d bytes in %d at byte %d, the pack's table has not"
                .formatted(name, chunk.id(), chunk.length(), chunk.stored(), chunk.offset()));
      }
    }
  }

  /// Reads the whole pack and checks every frame, by the table or, where that cannot be used, by
  /// the index.
  ///
  /// @param inIndex in the order of their offsets
  /// @param damaged gets the chunks whose frames are not what they should be
  void verifyFrames(List<PackEntry> inIndex, Set<ChunkId> damaged) throws IOException {
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
        verifyFrame(entry, frame, damaged);
      }
      blob.finish();
    }
  }

  private void verifyFrame(PackEntry entry, byte[] frame, Set<ChunkId> damaged) {
    String where = "%s at byte %d".formatted(name, entry.offset());
    try {
      if (frame.length < entry.stored()) {
        throw new CorruptException(
            where, "%s has %d of its %d bytes".formatted(entry.id(), frame.length, entry.stored()));
      }
      ChunkDecoder.decode(entry.id(), frame, 0, frame.length, entry.length(), where);
      bytes += entry.length();
    } catch (CorruptException e) {
      damaged.add(entry.id());
      problems.accept(e.getMessage());
    }
  }
}
