package dev.sway.formats.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.tree.Tree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers that were made to exhaust the machine that reads them, or to reach out of the image.
class HostileLayerTest {
  private static final int MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /// What reading a layer may allocate, whatever it decompresses to.
  private static final long MAX_ALLOCATION = 64 * MIB;

  private static final LayerLimits UNLIMITED = limits(1000, Long.MAX_VALUE);

  @TempDir private Path folder;
  private Layers layers;

  @BeforeEach
  void open() throws IOException {
    layers = new Layers(folder);
  }

  @AfterEach
  void close() throws IOException {
    layers.close();
  }

  private static LayerLimits limits(long entries, long tarBytes) {
    return new LayerLimits(entries, tarBytes, tarBytes, 0);
  }

  private static byte[] compress(Decompression how, byte[] plain) throws IOException {
    return switch (how) {
      case NONE -> plain;
      case GZIP -> Layers.gzip(plain);
      case ZSTD -> Layers.zstd(plain);
      case BZIP2 -> Layers.bzip2(plain);
      case XZ -> Layers.xz(plain);
    };
  }

  /// A zstd stream of `start` and `times` times `repeated`, a frame each.
  private static byte[] zstd(byte[] start, byte[] repeated, int times) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(Layers.zstd(start));
    byte[] frame = Layers.zstd(repeated);
    for (int i = 0; i < times; i++) {
      stream.writeBytes(frame);
    }
    return stream.toByteArray();
  }

  private Layer read(byte[] bytes, LayerLimits limits) throws Exception {
    try (Bounded bounded = new Bounded(MAX_ALLOCATION);
        ContentSpool spool = new ContentSpool(folder.resolve("spool"))) {
      LayerBlob blob = layers.blob(bytes, Optional.empty(), Optional.empty());
      return bounded.run(
          () -> new LayerReader(spool, Runnable::run, _ -> {}, _ -> {}, limits).read(blob));
    }
  }

  @Test
  void fileThatNoDiskHoldsIsRefusedBeforeItIsWritten() {
    byte[] bomb =
        zstd(RawTar.header("f", '0').base256(124, 12, GIB << 20).sealed(), new byte[8 * MIB], 64);
    assertThat(bomb.length).isLessThan(MIB);
    assertThatThrownBy(() -> read(bomb, UNLIMITED))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining("test layer")
        .hasMessageContaining(Long.toString(GIB << 20))
        .hasMessageContaining("TMPDIR");
    assertThat(folder.resolve("spool")).doesNotExist();
  }

  @Test
  void allowanceIsAPartOfWhatIsFree() throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    DiskAllowance allowance = DiskAllowance.of(folder);

    assertThat(allowance.bytes()).isBetween(free / 2, free);
    allowance.require(allowance.bytes(), "a file");
    assertThatThrownBy(() -> allowance.require(allowance.bytes() + 1, "a file"))
        .isInstanceOf(SwayException.class)
        .hasMessageStartingWith("a file: ");
  }

  @Test
  void contentThatIsLeftOutTakesNeitherMemoryNorDisk() throws Exception {
    byte[] bomb = zstd(RawTar.header("unknown", 'Y').size(GIB).sealed(), new byte[64 * MIB], 16);
    byte[] whole = RawTar.join(bomb, Layers.zstd(new byte[2 * RawTar.BLOCK]));

    assertThat(whole.length).isLessThan(MIB);
    assertThat(read(whole, LayerLimits.DEFAULT).entries()).isEmpty();
  }

  @Test
  void layerThatDecompressesToMoreThanTheLimitIsRefused() {
    byte[] trailing = zstd(new RawTar().file("f", "x").end(), new byte[MIB], 100);

    assertThatThrownBy(() -> read(trailing, limits(10, 50 * MIB)))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("more than " + 50 * MIB);
  }

  /// Every format may be several streams in a row: 10 GiB of zeros are 160 times the same.
  @ParameterizedTest
  @EnumSource(value = Decompression.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void tenGibibytesInAFewMegabytesAreRefusedBeforeTheyAreWritten(Decompression how)
      throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    byte[] header = RawTar.header("zeros", '0').base256(124, 12, 10 * GIB).sealed();
    bomb.writeBytes(compress(how, header));
    byte[] zeros = compress(how, new byte[64 * MIB]);
    for (int i = 0; i < 160; i++) {
      bomb.writeBytes(zeros);
    }
    assertThat(bomb.size()).isLessThan(11 * MIB);

    try (Bounded bounded = new Bounded(MAX_ALLOCATION);
        ContentSpool spool = new ContentSpool(folder.resolve("spool"))) {
      LayerBlob blob = layers.blob(bomb.toByteArray());
      LayerReader reader = new LayerReader(spool, Runnable::run, _ -> {}, _ -> {});
      assertThatThrownBy(() -> bounded.run(() -> reader.read(blob)))
          .isInstanceOf(BadArchiveException.class)
          .hasMessageContaining("test layer: its %d bytes decompress to more than", bomb.size())
          .hasMessageContaining("tar --sparse")
          .message()
          .doesNotContain("\n");
      assertThat(spool.size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Decompression.class,
      names = {"GZIP", "ZSTD"})
  void aBombOfManyFilesIsRefusedWithinItsLimits(Decompression how) throws Exception {
    byte[] file = compress(how, new RawTar().file("zeros", new byte[16 * MIB]).unended());
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    for (int i = 0; i < 640; i++) {
      bomb.writeBytes(file);
    }
    LayerLimits limits = new LayerLimits(1000, 1L << 40, 64 * MIB, 5);

    try (Bounded bounded = new Bounded(MAX_ALLOCATION);
        ContentSpool spool = new ContentSpool(folder.resolve("spool"))) {
      LayerBlob blob = layers.blob(bomb.toByteArray());
      LayerReader reader = new LayerReader(spool, Runnable::run, _ -> {}, _ -> {}, limits);
      assertThatThrownBy(() -> bounded.run(() -> reader.read(blob)))
          .isInstanceOf(BadArchiveException.class)
          .hasMessageContaining("decompress to more than " + limits.tarBytes(bomb.size()));
      assertThat(spool.size()).isBetween(32L * MIB, limits.tarBytes(bomb.size()));
    }
  }

  @Test
  void whatALayerMayDecompressToGrowsWithItUpToALimit() {
    LayerLimits limits = new LayerLimits(1, 10_000, 1000, 10);
    assertThat(limits.tarBytes(0)).isEqualTo(1000);
    assertThat(limits.tarBytes(50)).isEqualTo(1500);
    assertThat(limits.tarBytes(Long.MAX_VALUE)).isEqualTo(10_000);
    assertThat(LayerLimits.DEFAULT.tarBytes(Long.MAX_VALUE)).isEqualTo(1L << 40);
  }

  /// Its archive has the data alone, so that no limit of bytes is near.
  @Test
  void aSparseFileMayBeAsLargeAsItLikes() throws Exception {
    byte[] tar =
        new RawTar()
            .pax(
                RawTar.record("GNU.sparse.major", RawTar.bytes("1")),
                RawTar.record("GNU.sparse.minor", RawTar.bytes("0")),
                RawTar.record("GNU.sparse.name", RawTar.bytes("disk")),
                RawTar.record("GNU.sparse.realsize", RawTar.bytes(Long.toString(100 * GIB))))
            .file(
                "sparse",
                RawTar.join(Arrays.copyOf(RawTar.bytes("1\n0\n4\n"), 512), RawTar.bytes("data")))
            .end();
    Layer layer = read(Layers.zstd(tar), LayerLimits.DEFAULT);
    assertThat(layer.entries())
        .singleElement()
        .isInstanceOfSatisfying(
            LayerEntry.File.class, file -> assertThat(file.content().size()).isEqualTo(100 * GIB));
  }

  @Test
  void entriesBeyondTheLimitAreRefused() throws Exception {
    byte[] block = new byte[0];
    for (int i = 0; i < 64; i++) {
      block = RawTar.join(block, RawTar.header("f", '6').sealed());
    }
    byte[] frames = zstd(block, block, 100_000);

    assertThatThrownBy(() -> read(frames, limits(10_000, 1L << 40)))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("more than 10000 entries");
    byte[] few = new RawTar().file("a", "").file("b", "").end();
    assertThat(read(few, limits(2, 1L << 40)).entries()).hasSize(2);
  }

  @Test
  void entriesOfAllLayersCountTogether() throws Exception {
    try (ContentSpool spool = new ContentSpool(folder.resolve("spool"))) {
      LayerReader reader =
          new LayerReader(spool, Runnable::run, _ -> {}, _ -> {}, limits(3, 1L << 40));
      byte[] two = new RawTar().file("a", "").file("b", "").end();
      reader.read(layers.blob(two));

      assertThatThrownBy(() -> reader.read(layers.blob(two)))
          .isInstanceOf(BadArchiveException.class)
          .hasMessageContaining("more than 3 entries");
    }
  }

  @ParameterizedTest
  @ValueSource(chars = {'x', 'g'})
  void extensionHeadersWithoutEndAreRefused(char type) {
    List<byte[]> headers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      for (int j = 0; j < 1000; j++) {
        records.writeBytes(RawTar.record("SCHILY.xattr.user." + i + "." + j, new byte[1]));
      }
      headers.add(new RawTar().add(RawTar.header("h", type), records.toByteArray()).unended());
    }
    byte[] tar =
        RawTar.join(RawTar.join(headers.toArray(byte[][]::new)), new RawTar().file("f", "").end());

    assertThatThrownBy(() -> layers.merge(tar))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("pax records");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "d/../../x", "/x", "d/..", "../../../../../../../etc/passwd", "./../x"})
  void pathsAndHardLinksThatLeadOutAreRefused(String path) {
    assertThatThrownBy(() -> layers.merge(new RawTar().file(path, "").end()))
        .isInstanceOf(BadArchiveException.class);
    assertThatThrownBy(() ->
            layers.merge(new RawTar().file("x", "").add(RawTar.header("l", '1').link(path)).end()))
        .isInstanceOf(BadArchiveException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../../outside", "/../../outside", "/outside", "outside"})
  void symbolicLinksLeadNowhereButIntoTheImage(String target) throws IOException {
    Tree tree =
        layers.merge(
            new RawTar()
                .file("outside/there", "")
                .add(RawTar.header("escape", '2').link(target))
                .file("escape/file", "inside")
                .add(RawTar.header("hard", '1').link("escape/file"))
                .end());

    assertThat(Layers.content(Layers.at(tree, "outside/file"))).isEqualTo(RawTar.bytes("inside"));
    assertThat(Layers.at(tree, "hard")).isSameAs(Layers.at(tree, "outside/file"));
    assertThat(tree.entries()).isEqualTo(6);
  }

  @Test
  void theDeepestPathIsReadAndDeeperOnesAreRefused() throws IOException {
    String deepest = "d/".repeat(EntryPath.MAX_DEPTH - 1) + "f";
    Tree tree = layers.merge(new RawTar().pax("path", deepest).file("", "x").end());
    assertThat(tree.entries()).isEqualTo(EntryPath.MAX_DEPTH + 1);
    assertThat(tree.filesInPathOrder()).hasSize(1);

    assertThatThrownBy(
            () -> layers.merge(new RawTar().pax("path", "d/" + deepest).file("", "x").end()))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("4097 components");
  }
}
