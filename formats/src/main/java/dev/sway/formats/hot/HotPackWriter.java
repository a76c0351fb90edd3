package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes a hot pack: a pack as any other, whose chunks are the segments of a [HotLayout], and its
/// map. Used once, by one thread.
public final class HotPackWriter {
  /// Hot packs are small, written once and read by every start: worth more work than other packs.
  /// Of the SciPy image's this makes 6 % less than level 9 in 6 instead of 4 s of a slow processor;
  /// level 19 makes another 1 % less.
  static final int LEVEL = 15;

  private final Contents contents;
  private final long mostBytes;
  private final BlockTree tree = new BlockTree();

  /// Where the content of an image's chunks is had.
  @FunctionalInterface
  public interface Contents {
    /// The content of a chunk; whoever asks may use it until it asks again.
    MemorySegment of(int chunk) throws IOException;
  }

  public HotPackWriter(Contents contents) {
    this(contents, HotMapFormat.MAX_PACK_BYTES);
  }

  /// @param mostBytes of the pack
  HotPackWriter(Contents contents, long mostBytes) {
    this.contents = contents;
    this.mostBytes = mostBytes;
  }

  /// Writes `segments` of an image to the new file `path`, which is on the disk then.
  ///
  /// @return its map
  /// @throws IllegalArgumentException where that is none that a reader would take, or the pack has
  ///   more than [HotMapFormat#MAX_PACK_BYTES]; what is in the file is of no use then
  /// @throws SwayException of kind `storage` where the disk is full or fails
  public HotMap write(Digest manifest, List<List<HotPiece>> segments, Path path)
      throws IOException {
    try (PackWriter pack = new PackWriter(path);
        ChunkEncoder encoder = new ChunkEncoder(LEVEL)) {
      List<HotSegment> written = new ArrayList<>();
      for (List<HotPiece> pieces : segments) {
        HotSegment segment = append(pieces, pack, encoder);
        // At once: the rest would be in vain.
        requireSize(segment.location().offset() + segment.location().stored());
        written.add(segment);
      }
      PackWriter.Written file = pack.finish();
      requireSize(file.size());
      HotMap map = new HotMap(manifest, new PackReference(file.digest(), file.size()), written);
      HotMapWriter.check(map);
      return map;
    }
  }

  private void requireSize(long bytes) {
    if (bytes > mostBytes) {
      throw new IllegalArgumentException(
          "a hot pack has %d bytes at least, more than %d".formatted(bytes, mostBytes));
    }
  }

  private HotSegment append(List<HotPiece> pieces, PackWriter pack, ChunkEncoder encoder)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteArrayOutputStream proof = new ByteArrayOutputStream();
    for (List<HotPiece> group : HotPiece.byChunk(pieces)) {
      MemorySegment content = contents.of(group.getFirst().chunk());
      for (HotPiece piece : group) {
        long offset = (long) piece.first() * BlockTree.BLOCK;
        int length = piece.bytes((int) content.byteSize());
        bytes.writeBytes(content.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      }
      proof.writeBytes(tree.proof(content, HotPiece.held(group)));
    }
    byte[] segment = bytes.toByteArray();
    PackEntry entry = pack.append(encoder.encode(segment, segment.length));
    return new HotSegment(
        new ChunkLocation(entry.id(), 0, entry.offset(), entry.stored(), entry.length()),
        pieces,
        proof.toByteArray());
  }
}
