package dev.sway.formats.hot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HotMapFileTest {
  private static final int BLOCK = BlockTree.BLOCK;
  private static final int VERSION_AT = 8;
  private static final int SEGMENTS_AT = HotMapFormat.HEADER_BYTES - 4;
  private static final int PIECES_AT = HotMapFormat.HEADER_BYTES + Digest.BYTES + 16;
  private static final int HASHES_AT = PIECES_AT + 4;

  private static final HotMap SMALL =
      new HotMap(
          HotMaps.digest(1),
          new PackReference(HotMaps.digest(2), 300_000),
          List.of(
              new HotSegment(
                  new ChunkLocation(new ChunkId(HotMaps.digest(3)), 0, 0, 90_000, 5 * BLOCK - 7),
                  List.of(new HotPiece(17, 0, 2), new HotPiece(17, 5, 1), new HotPiece(0, 30, 2)),
                  RawTar.join(HotMaps.digest(4).bytes(), HotMaps.digest(5).bytes())),
              new HotSegment(
                  new ChunkLocation(new ChunkId(HotMaps.digest(6)), 0, 90_000, 77, 1),
                  List.of(new HotPiece(0x7fff_ffff, 0, 1)),
                  new byte[0])));

  private static void assertRefused(byte[] bytes, String why) {
    assertThatThrownBy(() -> HotMapReader.read(bytes, "map m"))
        .isInstanceOf(CorruptException.class)
        .hasMessageStartingWith("map m: ")
        .hasMessageContaining(why);
  }

  /// Nobody writes it, and nobody reads it.
  private static void assertRefused(HotMap map, String why) {
    assertThatThrownBy(() -> HotMapWriter.write(map))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the map of a hot pack ")
        .hasMessageContaining(why);
    assertRefused(HotMapWriter.encode(map), why);
  }

  private static byte[] changed(int at, int number) {
    byte[] bytes = HotMapWriter.write(SMALL);
    HotMaps.numbers(bytes).putInt(at, number);
    return HotMaps.sealed(bytes);
  }

  @Test
  void everyMapIsReadBack() {
    Randomized.forSeeds(
        50,
        random -> {
          HotMap map = HotMaps.random(random, 20);
          byte[] bytes = HotMapWriter.write(map);
          HotMap read = HotMapReader.read(bytes, "m");
          assertThat(read).usingRecursiveComparison().isEqualTo(map);
          assertThat(HotMapWriter.write(read)).isEqualTo(bytes);
          assertThat(read.bytes())
              .isEqualTo(map.segments().stream().mapToLong(s -> s.location().length()).sum());
        });
  }

  /// `golden/1-hot.map` is what version 1 wrote once, in base64. It must be read for ever.
  @Test
  void mapsOfVersionOneAreReadAndWritten() throws IOException {
    String golden;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/golden/1-hot.map"))) {
      golden = new String(in.readAllBytes(), US_ASCII);
    }
    Base64.Encoder text = Base64.getMimeEncoder(120, new byte[] {'\n'});
    assertThat(text.encodeToString(HotMapWriter.write(SMALL)) + "\n").isEqualTo(golden);
    assertThat(HotMapReader.read(Base64.getMimeDecoder().decode(golden), "m"))
        .usingRecursiveComparison()
        .isEqualTo(SMALL);
  }

  @Test
  void aMapThatIsCutAnywhereIsRefused() {
    byte[] bytes = HotMapWriter.write(SMALL);
    int least = HotMapFormat.HEADER_BYTES + HotMapFormat.CRC_BYTES;
    for (int length = 0; length < bytes.length; length++) {
      assertRefused(
          Arrays.copyOf(bytes, length),
          length < least ? "is it truncated?" : "does not match its checksum");
    }
    for (int length = least; length < bytes.length; length++) {
      byte[] cut = HotMaps.sealed(Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> HotMapReader.read(cut, "map m"))
          .isInstanceOf(CorruptException.class)
          .hasMessageMatching("map m: (ends within a segment|.*says it has \\d+ [a-z]+)");
    }
  }

  @Test
  void everyFlippedBitIsFound() {
    byte[] bytes = HotMapWriter.write(SMALL);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertRefused(
          flipped, bit < 64 ? "is not the map of a hot pack" : "does not match its checksum");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, is too old", "2, is too new", "-1, version 4294967295 is too new"})
  void anotherVersionIsNoDamage(int version, String why) {
    byte[] bytes = Arrays.copyOf(HotMapWriter.write(SMALL), 200);
    Arrays.fill(bytes, 12, bytes.length, (byte) -1);
    HotMaps.numbers(bytes).putInt(VERSION_AT, version);

    assertThatThrownBy(() -> HotMapReader.read(HotMaps.sealed(bytes), "map m"))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageStartingWith("map m: format version ")
        .hasMessageContaining(why);
  }

  @Test
  void aMapHasAnEndAndALimit() {
    byte[] bytes = HotMapWriter.write(SMALL);
    assertRefused(HotMaps.sealed(Arrays.copyOf(bytes, bytes.length + 3)), "has 3 bytes too many");
    assertRefused(new byte[0], "has 0 bytes, not 92 to 8388608; is it truncated?");
    assertRefused(new byte[HotMapFormat.MAX_BYTES + 1], "has 8388609 bytes, not 92 to 8388608");
    assertRefused(new byte[HotMapFormat.MAX_BYTES], "is not the map of a hot pack");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, HotMapFormat.MAX_PACK_BYTES + 1, Long.MAX_VALUE})
  void aHotPackHasASizeThatIsPossible(long size) {
    assertRefused(
        new HotMap(HotMaps.digest(1), new PackReference(HotMaps.digest(2), size), List.of()),
        "names a hot pack of %d bytes".formatted(size));
  }

  @Test
  void countsThatTheFileHasNoRoomForAreRefused() {
    assertRefused(changed(SEGMENTS_AT, -1), "says it has 4294967295 segments");
    assertRefused(changed(SEGMENTS_AT, 1 << 30), "says it has 1073741824 segments");
    assertRefused(changed(SEGMENTS_AT, 3), "ends within a segment");
    assertRefused(changed(SEGMENTS_AT, 1), "bytes too many");
    assertRefused(changed(PIECES_AT, Integer.MIN_VALUE), "says it has 2147483648 pieces");
    assertRefused(changed(PIECES_AT, 20), "says it has 20 pieces");
    assertRefused(changed(HASHES_AT, -1), "segment 0 says it has 4294967295 hashes");
    assertRefused(changed(HASHES_AT, 6), "segment 0 says it has 6 hashes");
    assertRefused(changed(HASHES_AT, 5), "ends within a segment");
  }

  @Test
  void framesLieInTheHotPackOneBehindAnother() throws IOException {
    HotPiece piece = new HotPiece(0, 0, 1);
    HotMaps.assertRead(HotMaps.of(HotMaps.segment(0, 1, piece), HotMaps.segment(900, 1, piece)));
    for (long offset : new long[] {99, 0, -1, 901, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertRefused(
          HotMaps.of(HotMaps.segment(0, 1, piece), HotMaps.segment(offset, 1, piece)),
          "segment 1 lies at %d, of PackReference".formatted(offset));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "-1, 1",
    "4210753, 1",
    "2147483647, 1",
    "9, 0",
    "9, -1",
    "9, 4194305",
    "9, 2147483647"
  })
  void lengthsThatNoChunkHasAreRefused(int stored, int length) {
    assertRefused(
        new HotMap(
            HotMaps.digest(1),
            new PackReference(HotMaps.digest(2), HotMapFormat.MAX_PACK_BYTES),
            List.of(
                new HotSegment(
                    new ChunkLocation(new ChunkId(HotMaps.digest(3)), 0, 0, stored, length),
                    List.of(new HotPiece(0, 0, 1024)),
                    new byte[0]))),
        "segment 0 is impossible");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 1",
    "0, -1, 1",
    "0, 0, 0",
    "0, 0, -1",
    "0, 0, 1025",
    "0, 1, 1024",
    "0, 1024, 1",
    "0, 2147483647, 1",
    "0, 1, 2147483647",
    "0, 2147483647, 2147483647",
    "0, -2147483648, -2147483648",
  })
  void piecesThatNoChunkHasAreRefused(int chunk, int first, int blocks) {
    assertRefused(
        HotMaps.of(HotMaps.segment(0, BLOCK, new HotPiece(chunk, first, blocks))),
        "segment 0 has the impossible HotPiece");
  }

  @Test
  void piecesOfAChunkAscendAndAreApart() throws IOException {
    HotPiece[] pieces = {new HotPiece(5, 0, 1), new HotPiece(7, 8, 2), new HotPiece(7, 11, 1)};
    HotMaps.assertRead(HotMaps.of(HotMaps.segment(0, 4 * BLOCK, pieces)));
    for (HotPiece wrong :
        List.of(
            new HotPiece(7, 9, 1),
            new HotPiece(7, 10, 1),
            new HotPiece(7, 8, 1),
            new HotPiece(7, 0, 1),
            new HotPiece(5, 20, 1))) {
      pieces[2] = wrong;
      assertRefused(
          HotMaps.of(HotMaps.segment(0, 4 * BLOCK, pieces)),
          "segment 0 has the impossible " + wrong);
    }
  }

  @Test
  void anotherSegmentMayHaveMoreOfAChunk() throws IOException {
    HotPiece piece = new HotPiece(5, 0, 1);
    HotMaps.assertRead(HotMaps.of(HotMaps.segment(0, 9, piece), HotMaps.segment(100, 9, piece)));
  }

  @Test
  void aSegmentHasTheBytesOfItsPieces() throws IOException {
    HotPiece[] pieces = {new HotPiece(5, 0, 1), new HotPiece(5, 4, 1), new HotPiece(7, 0, 1)};
    // Of each chunk, the last block has a byte at least.
    for (int length : List.of(BLOCK + 2, 2 * BLOCK, 3 * BLOCK)) {
      HotMaps.assertRead(HotMaps.of(HotMaps.segment(0, length, pieces)));
    }
    for (int length : List.of(1, BLOCK + 1, 3 * BLOCK + 1, ChunkFormat.MAX_CONTENT)) {
      assertRefused(
          HotMaps.of(HotMaps.segment(0, length, pieces)),
          "segment 0 has %d bytes, and 3 pieces of others".formatted(length));
    }
    assertRefused(HotMaps.of(HotMaps.segment(0, 1)), "segment 0 has 1 bytes, and 0 pieces");
  }

  @Test
  void theLargestMapIsWrittenAndRead() throws Exception {
    int room = HotMapFormat.MAX_BYTES - HotMapFormat.HEADER_BYTES - HotMapFormat.CRC_BYTES;
    int count = (room - HotMapFormat.SEGMENT_BYTES) / HotMapFormat.PIECE_BYTES;
    HotPiece[] pieces =
        IntStream.range(0, count).mapToObj(i -> new HotPiece(i, 0, 1)).toArray(HotPiece[]::new);
    byte[] bytes = HotMapWriter.write(HotMaps.of(HotMaps.segment(0, count, pieces)));

    assertThat(bytes.length)
        .isBetween(HotMapFormat.MAX_BYTES - HotMapFormat.PIECE_BYTES, HotMapFormat.MAX_BYTES);
    try (Bounded bounded = new Bounded(128 << 20)) {
      HotMap map = bounded.run(() -> HotMapReader.read(bytes, "m"));
      assertThat(map.segments().getFirst().pieces().equals(Arrays.asList(pieces))).isTrue();
    }
    HotPiece[] more = Arrays.copyOf(pieces, count + 1);
    more[count] = new HotPiece(count, 0, 1);
    HotMap larger = HotMaps.of(HotMaps.segment(0, count + 1, more));
    assertThatThrownBy(() -> HotMapWriter.write(larger))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("the map of a hot pack has \\d+ bytes");
  }

  @Test
  void aMapOfTheMostSegmentsIsRead() throws Exception {
    int count =
        (HotMapFormat.MAX_BYTES - HotMapFormat.HEADER_BYTES - HotMapFormat.CRC_BYTES)
            / (HotMapFormat.SEGMENT_BYTES + HotMapFormat.PIECE_BYTES);
    List<HotSegment> segments =
        IntStream.range(0, count)
            .mapToObj(i -> HotMaps.segment(i * 100L, 1, new HotPiece(0, 0, 1)))
            .toList();
    PackReference pack = new PackReference(HotMaps.digest(2), count * 100L);
    byte[] bytes = HotMapWriter.write(new HotMap(HotMaps.digest(1), pack, segments));

    try (Bounded bounded = new Bounded(128 << 20)) {
      assertThat(bounded.run(() -> HotMapReader.read(bytes, "m")).bytes()).isEqualTo(count);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, HotMapFormat.MAX_PACK_BYTES})
  void theSmallestAndTheLargestHotPackAreWrittenAndRead(long size) throws IOException {
    HotMaps.assertRead(
        new HotMap(HotMaps.digest(1), new PackReference(HotMaps.digest(2), size), List.of()));
  }

  @Test
  void theLargestSegmentIsWrittenAndRead() throws IOException {
    HotSegment largest =
        new HotSegment(
            new ChunkLocation(
                new ChunkId(HotMaps.digest(3)),
                0,
                0,
                ChunkFormat.MAX_STORED,
                ChunkFormat.MAX_CONTENT),
            List.of(new HotPiece(0, 0, 1024)),
            new byte[0]);
    PackReference pack = new PackReference(HotMaps.digest(2), ChunkFormat.MAX_STORED);
    HotMaps.assertRead(new HotMap(HotMaps.digest(1), pack, List.of(largest)));
  }

  @Test
  void whatAFileCannotSayIsNotWritten() {
    ChunkLocation location = SMALL.segments().get(1).location();
    ChunkLocation elsewhere =
        new ChunkLocation(location.id(), 1, location.offset(), location.stored(), 1);
    List<HotPiece> pieces = List.of(new HotPiece(0, 0, 1));
    for (HotSegment wrong :
        List.of(
            new HotSegment(location, pieces, new byte[Digest.BYTES - 1]),
            new HotSegment(elsewhere, pieces, new byte[0]))) {
      HotMap map = new HotMap(SMALL.manifest(), SMALL.pack(), List.of(wrong));
      assertThatThrownBy(() -> HotMapWriter.write(map))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("segment 0 ");
    }
  }

  @Test
  void damagedMapsAreReadRightOrRefused() {
    List<byte[]> corpus =
        List.of(
            HotMapWriter.write(SMALL),
            HotMapWriter.write(HotMaps.of()),
            HotMapWriter.write(HotMaps.random(new Random(8), 9)));
    int[] read = {0};
    try (Bounded bounded = new Bounded(1 << 20)) {
      Randomized.forSeeds(
          Mutator.RUNS,
          random -> {
            byte[] damaged = new Mutator(random, corpus).next();
            byte[] bytes = random.nextInt(4) == 0 ? damaged : HotMaps.sealed(damaged);
            try {
              HotMap map = bounded.run(() -> HotMapReader.read(bytes, "map fuzz"));
              // What is read says all that the file does.
              assertThat(HotMapWriter.write(map)).isEqualTo(bytes);
              read[0]++;
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).startsWith("map fuzz: ").hasSizeLessThan(500);
              assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
            }
          });
    }
    assertThat(read[0]).as("maps that were read").isBetween(1, Mutator.RUNS - 1);
  }
}
