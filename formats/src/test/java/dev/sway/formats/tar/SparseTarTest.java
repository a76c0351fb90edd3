package dev.sway.formats.tar;

import static dev.sway.formats.tar.TarReaderTest.headers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.RawTar;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SparseTarTest {
  private static final byte[] CONTENT = RawTar.bytes("a".repeat(1024) + "end");

  private static List<String> parts(SparseMap map) {
    List<String> parts = new ArrayList<>();
    map.parts(
        0,
        map.stored(),
        (fileOffset, position, length) -> parts.add(fileOffset + " " + position + " " + length));
    return parts;
  }

  private static void assertRefused(RawTar tar, String reason) {
    assertThatThrownBy(() -> headers(tar.end()))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageStartingWith("test.tar: entry at byte ")
        .hasMessageContaining(reason);
  }

  /// Ranges of 512 bytes at 512, of 512 at 2048, of 3 at the end of a file of 5 GiB.
  static final long SIZE = 5L << 30;

  private static final long[] RANGES = {512, 512, 2048, 512, SIZE - 3, 3, SIZE, 0};

  private static RawTar.Header oldGnu(long realSize, long... numbers) {
    RawTar.Header header = RawTar.header("f", 'S').put(257, "ustar  \0");
    for (int i = 0; i < numbers.length; i++) {
      header.octal(386 + 12 * i, 12, numbers[i]);
    }
    return header.octal(483, 12, realSize);
  }

  private static RawTar pax(String... keysAndValues) {
    byte[][] records = new byte[keysAndValues.length / 2][];
    for (int i = 0; i < records.length; i++) {
      records[i] = RawTar.record(keysAndValues[2 * i], RawTar.bytes(keysAndValues[2 * i + 1]));
    }
    return new RawTar().pax(records);
  }

  private static String lines(long... numbers) {
    StringBuilder lines = new StringBuilder();
    for (long number : numbers) {
      lines.append(number).append('\n');
    }
    return lines.toString();
  }

  private static byte[] block(String text) {
    return RawTar.bytes(text + "\0".repeat(-text.length() & (RawTar.BLOCK - 1)));
  }

  private static RawTar pax10(long realSize, byte[] content) {
    return pax(
            "GNU.sparse.major", "1",
            "GNU.sparse.minor", "0",
            "GNU.sparse.name", "f",
            "GNU.sparse.realsize", Long.toString(realSize))
        .file("GNUSparseFile.0/f", content);
  }

  private static RawTar pax01(long size, String map) {
    return pax(
            "GNU.sparse.size", Long.toString(size), "GNU.sparse.name", "f", "GNU.sparse.map", map)
        .file("GNUSparseFile.0/f", CONTENT);
  }

  static List<RawTar> everyForm() {
    return List.of(
        new RawTar().add(oldGnu(SIZE, RANGES), CONTENT),
        pax(
                "GNU.sparse.size", Long.toString(SIZE),
                "GNU.sparse.numblocks", "4",
                "GNU.sparse.offset", "512",
                "GNU.sparse.numbytes", "512",
                "GNU.sparse.offset", "2048",
                "GNU.sparse.numbytes", "512",
                "GNU.sparse.offset", Long.toString(SIZE - 3),
                "GNU.sparse.numbytes", "3",
                "GNU.sparse.offset", Long.toString(SIZE),
                "GNU.sparse.numbytes", "0")
            .file("f", CONTENT),
        pax01(SIZE, "512,512,2048,512,5368709117,3,5368709120,0"),
        pax10(
            SIZE,
            RawTar.join(block(lines(4, 512, 512, 2048, 512, SIZE - 3, 3, SIZE, 0)), CONTENT)));
  }

  @ParameterizedTest
  @MethodSource("everyForm")
  void everyFormIsReadTheSame(RawTar tar) throws IOException {
    List<TarHeader> headers = headers(tar.file("next", "x").end());

    assertThat(headers).hasSize(2);
    TarHeader sparse = headers.getFirst();
    assertThat(sparse.path().toString()).isEqualTo("f");
    assertThat(sparse.isFile()).isTrue();
    assertThat(sparse.size()).isEqualTo(CONTENT.length);
    assertThat(sparse.data().size()).isEqualTo(SIZE);
    assertThat(parts(sparse.data()))
        .containsExactly("512 0 512", "2048 512 512", SIZE - 3 + " 1024 3");
    assertThat(headers.get(1).data().isSparse()).isFalse();
  }

  @Test
  void rangesThatFollowEachOtherAreOne() throws IOException {
    SparseMap map = headers(pax01(4096, "0,512,512,515").end()).getFirst().data();

    assertThat(parts(map)).containsExactly("0 0 1027");
  }

  @Test
  void oldGnuMapsGoOnInBlocksBehindTheHeader() throws IOException {
    byte[] content = new byte[30 * 512];
    long[] first = new long[8];
    RawTar.Header[] more = {RawTar.header("", '\0'), RawTar.header("", '\0')};
    for (int i = 0; i < more.length; i++) {
      more[i].put(0, new byte[512]);
    }
    for (int i = 0; i < 30; i++) {
      int extension = (i - 4) / 21;
      if (i < 4) {
        first[2 * i] = i * 1024L;
        first[2 * i + 1] = 512;
      } else {
        more[extension]
            .octal((i - 4) % 21 * 24, 12, i * 1024L)
            .octal((i - 4) % 21 * 24 + 12, 12, 512);
      }
    }
    RawTar.Header header = oldGnu(1 << 20, first).put(482, new byte[] {1}).size(content.length);
    more[0].put(504, new byte[] {1});
    RawTar tar =
        new RawTar().add(header).raw(more[0].unsealed()).raw(more[1].unsealed()).raw(content);

    List<TarHeader> headers = headers(tar.file("next", "x").end());

    assertThat(headers).hasSize(2);
    assertThat(headers.getFirst().data().stored()).isEqualTo(content.length);
    assertThat(parts(headers.getFirst().data())).hasSize(30).contains("29696 14848 512");
  }

  @Test
  void aFileThatIsOneHoleHasNoData() throws IOException {
    for (RawTar tar :
        List.of(
            new RawTar().add(oldGnu(SIZE, SIZE, 0)),
            pax10(SIZE, block(lines(1, SIZE, 0))),
            pax10(SIZE, block(lines(0))))) {
      SparseMap map = headers(tar.end()).getFirst().data();
      assertThat(map.size()).isEqualTo(SIZE);
      assertThat(map.stored()).isZero();
      assertThat(parts(map)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "512,512,0,515",
        "0,512,256,515",
        "0,512,8192,515",
        "0,512,4096,515",
        "-1,1027",
        "0,-1027",
        "0,1027,",
        "0",
        "",
        ",",
        "0,x",
        "0,999999999999999999",
        "999999999999999999,1027",
        "99999999999999999999,1",
      })
  void mapsThatAreNoneAreRefused(String map) {
    assertRefused(pax01(4096, map), "sparse");
  }

  @Test
  void aRangeThatEndsWithinABlockCanOnlyBeTheLast() {
    assertRefused(pax01(4096, "0,515,1024,512"), "ends within a block");
  }

  @Test
  void contentThatIsNotAsLongAsItsMapIsRefused() {
    assertRefused(pax01(4096, "0,512"), "1027 bytes of content where the map");
    assertRefused(new RawTar().add(oldGnu(4096, 0, 512), CONTENT), "where the map");
    assertRefused(pax10(4096, block(lines(1, 0, 512))), "0 bytes of content");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, SparseMap.MAX_SPARSE_SIZE + 1, Long.MAX_VALUE})
  void impossibleSizesAreRefused(long size) {
    assertRefused(pax01(size, "0,1027"), "a sparse file of");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9999999999999999\n", "x\n", "1\n0\n", "11111111111111111111", "\n"})
  void mapsInContentThatAreNoneAreRefused(String text) {
    assertRefused(pax10(4096, block(text)), "sparse");
    assertRefused(pax10(4096, RawTar.bytes(text)), "sparse");
  }

  @Test
  void mapsWhereNoneBelongsAreRefused() {
    assertRefused(new RawTar().globalPax("GNU.sparse.size", "1").file("f", ""), "every file");
    assertRefused(
        pax("GNU.sparse.size", "1").add(RawTar.header("d/", '5')), "an entry that is none");
    assertRefused(
        pax("GNU.sparse.size", "1").add(oldGnu(4096, 0, 1027), CONTENT), "an entry that is none");
    assertRefused(pax("GNU.sparse.name", "x").file("f", ""), "without the record");
    assertRefused(
        pax("GNU.sparse.major", "2", "GNU.sparse.realsize", "1").file("f", ""), "version 2.0");
    assertRefused(
        pax("GNU.sparse.size", "1", "GNU.sparse.numblocks", "2", "GNU.sparse.map", "0,1")
            .file("f", "x"),
        "2 numbers for 2 ranges");
    assertRefused(
        pax("GNU.sparse.offset", "0", "GNU.sparse.offset", "1").file("f", ""), "in a row");
    assertRefused(pax("GNU.sparse.size", "9", "GNU.sparse.offset", "0").file("f", ""), "1 numbers");
  }

  @Test
  void moreRangesThanAnyFileHasAreRefused() {
    SparseMap.Builder builder = new SparseMap.Builder(SparseMap.MAX_SPARSE_SIZE);
    for (long i = 0; i < SparseMap.MAX_RANGES; i++) {
      builder.add(2 * i, 1);
    }
    assertThat(builder.build().stored()).isEqualTo(SparseMap.MAX_RANGES);

    assertThatThrownBy(() -> builder.add(1L << 40, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 1048576 ranges");
  }

  @Test
  void anyPartOfTheDataLeadsToItsPlaces() throws IOException {
    SparseMap map = headers(everyForm().getFirst().end()).getFirst().data();
    List<String> parts = new ArrayList<>();

    map.parts(
        511, 514, (fileOffset, at, length) -> parts.add(fileOffset + " " + at + " " + length));

    assertThat(parts).containsExactly("1023 511 1", "2048 512 512", SIZE - 3 + " 1024 1");
    assertThatThrownBy(() -> map.parts(1000, 28, (fileOffset, at, length) -> {}))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
