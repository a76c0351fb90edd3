package dev.sway.formats.hot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/// Maps of hot packs that are made by hand or at random, and bytes that a liar has sealed.
final class HotMaps {
  private HotMaps() {}

  /// A map of a hot pack of 1,000 bytes.
  static HotMap of(HotSegment... segments) {
    return new HotMap(digest(1), new PackReference(digest(2), 1_000), List.of(segments));
  }

  /// A segment of 100 bytes at `offset`, without a proof.
  static HotSegment segment(long offset, int length, HotPiece... pieces) {
    return new HotSegment(
        new ChunkLocation(new ChunkId(digest(3)), 0, offset, 100, length),
        List.of(pieces),
        new byte[0]);
  }

  static Digest digest(int of) {
    return Digest.of(new byte[] {(byte) of});
  }

  /// A map of up to `most` segments, each with what one may have.
  static HotMap random(Random random, int most) {
    List<HotSegment> segments = new ArrayList<>();
    long end = 0;
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      long offset = end + random.nextInt(3);
      int stored = 1 + random.nextInt(100_000);
      end = offset + stored;
      List<HotPiece> pieces = new ArrayList<>();
      int length = 0;
      int chunk = random.nextInt(9);
      for (int chunks = 1 + random.nextInt(4); chunks > 0; chunks--) {
        int first = random.nextInt(50);
        for (int parts = 1 + random.nextInt(3); parts > 0; parts--) {
          HotPiece piece = new HotPiece(chunk, first, 1 + random.nextInt(20));
          pieces.add(piece);
          length += piece.blocks() * BlockTree.BLOCK;
          first = piece.end() + 1 + random.nextInt(9);
        }
        length -= random.nextInt(BlockTree.BLOCK);
        chunk += 1 + random.nextInt(1 << 20);
      }
      segments.add(
          new HotSegment(
              new ChunkLocation(
                  new ChunkId(Digest.of(Randomized.bytes(random, 3))), 0, offset, stored, length),
              pieces,
              Randomized.bytes(random, random.nextInt(6) * Digest.BYTES)));
    }
    PackReference pack =
        new PackReference(Digest.of(Randomized.bytes(random, 3)), end + 1 + random.nextInt(200));
    return new HotMap(Digest.of(Randomized.bytes(random, 3)), pack, segments);
  }

  /// Checks that `map` can be written and read.
  static void assertRead(HotMap map) throws IOException {
    assertThat(HotMapReader.read(HotMapWriter.write(map), "m"))
        .usingRecursiveComparison()
        .isEqualTo(map);
  }

  /// `file` with a checksum that is right.
  static byte[] sealed(byte[] file) {
    if (file.length >= HotMapFormat.CRC_BYTES) {
      CRC32C crc = new CRC32C();
      crc.update(file, 0, file.length - HotMapFormat.CRC_BYTES);
      numbers(file).putInt(file.length - HotMapFormat.CRC_BYTES, (int) crc.getValue());
    }
    return file;
  }

  static ByteBuffer numbers(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }
}
