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
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers that were made to exhaust the machine that reads them, or to reach out of the image.
class HostileLayerTest {
  private static final int MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /// What reading a layer may allocate, whatever it decompresses to.
  private static final long MAX_ALLOCATION = 64 * MIB;

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
    assertThatThrownBy(() -> read(bomb, LayerLimits.DEFAULT))
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

    assertThatThrownBy(() -> read(trailing, new LayerLimits(10, 50 * MIB)))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("more than " + 50 * MIB);
  }

  @Test
  void entriesBeyondTheLimitAreRefused() throws Exception {
    byte[] block = new byte[0];
    for (int i = 0; i < 64; i++) {
      block = RawTar.join(block, RawTar.header("f", '6').sealed());
    }
    byte[] frames = zstd(block, block, 100_000);

    assertThatThrownBy(() -> read(frames, new LayerLimits(10_000, 1L << 40)))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("more than 10000 entries");
    byte[] few = new RawTar().file("a", "").file("b", "").end();
    assertThat(read(few, new LayerLimits(2, 1L << 40)).entries()).hasSize(2);
  }

  @Test
  void entriesOfAllLayersCountTogether() throws Exception {
    try (ContentSpool spool = new ContentSpool(folder.resolve("spool"))) {
      LayerReader reader =
          new LayerReader(spool, Runnable::run, _ -> {}, _ -> {}, new LayerLimits(3, 1L << 40));
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
