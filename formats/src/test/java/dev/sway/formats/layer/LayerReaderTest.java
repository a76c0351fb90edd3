package dev.sway.formats.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerReaderTest {
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

  private void assertRefused(byte[] tar, String reason) {
    assertThatThrownBy(() -> layers.read(tar))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("test layer")
        .hasMessageContaining(reason);
  }

  private static byte[] content(LayerEntry entry) throws IOException {
    Content content = ((LayerEntry.File) entry).content();
    byte[] bytes = new byte[(int) content.size()];
    content.read(0, bytes, 0, bytes.length);
    return bytes;
  }

  private static byte[] sample() throws IOException {
    Random random = new Random(1);
    return CommonsTar.pax()
        .directory("d")
        .file("d/empty", "")
        .file("d/small", "small")
        .file("d/large", Randomized.bytes(random, 300_000))
        .symlink("d/s", "small")
        .file("z", Randomized.bytes(random, 511))
        .end();
  }

  @Test
  void compressedAndPlainLayersReadTheSame() throws IOException {
    byte[] tar = sample();
    Layer plain = layers.read(layers.blob(tar, Optional.empty(), Optional.of(Digest.of(tar))));

    for (byte[] compressed :
        List.of(
            Layers.gzip(tar),
            Layers.zstd(tar),
            Layers.bzip2(tar),
            Layers.xz(tar),
            multiMemberGzip(tar),
            multiStreamXz(tar))) {
      Layer layer =
          layers.read(
              layers.blob(
                  compressed, Optional.of(Digest.of(compressed)), Optional.of(Digest.of(tar))));
      assertThat(layer.diffId()).isEqualTo(plain.diffId()).isEqualTo(Digest.of(tar));
      assertThat(layer.entries()).hasSameSizeAs(plain.entries());
      for (int i = 0; i < layer.entries().size(); i++) {
        LayerEntry expected = plain.entries().get(i);
        LayerEntry actual = layer.entries().get(i);
        assertThat(actual.path()).isEqualTo(expected.path());
        if (expected instanceof LayerEntry.File) {
          assertThat(content(actual)).isEqualTo(content(expected));
        } else {
          assertThat(actual).isEqualTo(expected);
        }
      }
    }
  }

  /// As eStargz and bgzip write it: every member is a gzip file of its own.
  private static byte[] multiMemberGzip(byte[] tar) throws IOException {
    return RawTar.join(
        Layers.gzip(Arrays.copyOf(tar, 1000)),
        Layers.gzip(Arrays.copyOfRange(tar, 1000, tar.length)));
  }

  /// As `xz` files that were put one behind another, with padding between them.
  private static byte[] multiStreamXz(byte[] tar) throws IOException {
    return RawTar.join(
        Layers.xz(Arrays.copyOf(tar, 1000)),
        new byte[8],
        Layers.xz(Arrays.copyOfRange(tar, 1000, tar.length)));
  }

  @Test
  void gzipMembersThatEndWhereABufferEndsAreNotTheEnd() throws IOException {
    byte[] tar = CommonsTar.pax().file("f", Randomized.bytes(new Random(2), 200_000)).end();
    // The first member ends with the decompressor's first buffer, which is filled after a header of
    // ten bytes.
    int head = (1 << 16) + 10 - 23;
    byte[] first = storedGzip(Arrays.copyOf(tar, head));
    assertThat(first).hasSize((1 << 16) + 10);
    byte[] gzip = RawTar.join(first, Layers.gzip(Arrays.copyOfRange(tar, head, tar.length)));

    Layer layer = layers.read(layers.blob(gzip, Optional.empty(), Optional.of(Digest.of(tar))));

    assertThat(layer.entries()).hasSize(1);
  }

  private static byte[] storedGzip(byte[] content) {
    var crc = new java.util.zip.CRC32();
    crc.update(content);
    var buffer =
        java.nio.ByteBuffer.allocate(content.length + 23).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    buffer.put(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    buffer.put((byte) 1).putShort((short) content.length).putShort((short) ~content.length);
    buffer.put(content).putInt((int) crc.getValue()).putInt(content.length);
    return buffer.array();
  }

  @Test
  void aTarWhoseFirstNameLooksLikeACompressionIsStillATar() throws IOException {
    assertThat(layers.read(new RawTar().file("BZh9 is my name", "x").end()).entries()).hasSize(1);
  }

  @Test
  void aWrongDigestOfTheBlobIsRefused() throws IOException {
    byte[] gzip = Layers.gzip(sample());
    LayerBlob blob = layers.blob(gzip, Optional.of(Digest.of(new byte[1])), Optional.empty());

    assertThatThrownBy(() -> layers.read(blob))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("compressed bytes")
        .hasMessageContaining(Digest.of(gzip).toString());
  }

  @Test
  void aWrongDiffIdIsRefusedInPlaceAndCompressed() throws IOException {
    for (byte[] bytes : List.of(sample(), Layers.gzip(sample()), Layers.zstd(sample()))) {
      LayerBlob blob = layers.blob(bytes, Optional.empty(), Optional.of(Digest.of(new byte[1])));
      assertThatThrownBy(() -> layers.read(blob).diffId())
          .isInstanceOf(BadArchiveException.class)
          .hasMessageContaining("digest");
    }
  }

  @Test
  void digestsCoverWhatFollowsTheEndMarker() throws IOException {
    byte[] tar = RawTar.join(sample(), new byte[3000], RawTar.bytes("tail"));

    for (byte[] bytes : List.of(tar, Layers.zstd(tar))) {
      LayerBlob blob = layers.blob(bytes, Optional.empty(), Optional.of(Digest.of(tar)));
      assertThat(layers.read(blob).diffId()).isEqualTo(Digest.of(tar));
    }
  }

  @Test
  void aTarOfWhichNoDigestIsKnownIsHashedWithoutContent() throws IOException {
    byte[] headers = new RawTar().file("f", new byte[600]).end();
    byte[] tar = headers.clone();
    tar[512] = 1;
    Digest expected = Digest.of(RawTar.join(Arrays.copyOf(headers, 512), new byte[512]));

    for (byte[] bytes : List.of(headers, tar, Layers.gzip(tar), Layers.zstd(tar))) {
      assertThat(layers.read(bytes).diffId()).isEqualTo(expected);
    }
  }

  @Test
  void anXzDictionaryThatNeedsTooMuchMemoryIsRefused() throws IOException {
    byte[] xz = Layers.xz(sample());
    // The block header behind the stream header of 12 bytes: size, flags, filter id (0x21, LZMA2),
    // size of its properties, dictionary size; padding; CRC-32. 36 means 1 GiB.
    assertThat(xz[12 + 2]).isEqualTo((byte) 0x21);
    xz[12 + 4] = 36;
    int headerBytes = (xz[12] + 1) * 4;
    var crc = new java.util.zip.CRC32();
    crc.update(xz, 12, headerBytes - 4);
    java.nio.ByteBuffer.wrap(xz)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putInt(12 + headerBytes - 4, (int) crc.getValue());

    assertRefused(xz, "its xz needs 10");
    assertRefused(xz, "more than 262144");
  }

  @Test
  void truncatedCompressedLayersAreRefused() throws IOException {
    for (byte[] whole :
        List.of(
            Layers.gzip(sample()),
            Layers.zstd(sample()),
            Layers.bzip2(sample()),
            Layers.xz(sample()))) {
      for (int length : new int[] {10, 100, whole.length / 2, whole.length - 1000}) {
        assertRefused(Arrays.copyOf(whole, length), "truncated");
      }
    }
  }

  @Test
  void damagedCompressedLayersGiveNoOtherException() throws IOException {
    byte[] tar = CommonsTar.pax().file("f", Randomized.bytes(new Random(3), 5000)).end();
    List<byte[]> whole =
        List.of(Layers.gzip(tar), Layers.zstd(tar), Layers.bzip2(tar), Layers.xz(tar));
    Randomized.forSeeds(
        60,
        random -> {
          for (byte[] compressed : whole) {
            byte[] damaged = compressed.clone();
            for (int i = 0; i < 3; i++) {
              damaged[4 + random.nextInt(damaged.length - 4)] = (byte) random.nextInt(256);
            }
            LayerBlob blob =
                layers.blob(damaged, Optional.of(Digest.of(compressed)), Optional.empty());
            try {
              layers.read(blob);
              assertThat(damaged).isEqualTo(compressed);
            } catch (BadArchiveException e) {
              assertThat(e.getMessage()).contains("test layer");
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escape", "a/../../b", "/etc/passwd"})
  void pathsOutOfTheImageAreRefused(String path) {
    assertRefused(new RawTar().file(path, "x").end(), path);
    assertRefused(new RawTar().add(RawTar.header("l", '1').link(path)).end(), path);
    assertRefused(new RawTar().add(RawTar.header(path, '5')).end(), path);
  }

  @Test
  void theRootMayBeOnlyADirectory() throws IOException {
    assertThat(layers.read(new RawTar().add(RawTar.header("./", '5')).end()).entries()).hasSize(1);
    for (char type : new char[] {'0', '1', '2', '3', '6'}) {
      assertRefused(new RawTar().add(RawTar.header(".", type).link("x")).end(), "root");
    }
    assertRefused(new RawTar().add(RawTar.header("l", '1').link("./")).end(), "root");
  }

  @Test
  void whiteoutsAreToldFromFiles() throws IOException {
    byte[] tar =
        CommonsTar.pax()
            .whiteout("d/gone")
            .opaque("d/sub")
            .file(".wh..wh..opq", "")
            .file("d/.wh..hidden", "")
            .file("d/.whole", "")
            .end();

    assertThat(layers.read(tar).entries())
        .extracting(entry -> entry.getClass().getSimpleName() + " " + entry.path())
        .containsExactly(
            "Whiteout /d/gone",
            "Opaque /d/sub",
            "Opaque /",
            "Whiteout /d/.hidden",
            "File /d/.whole");
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh.", ".wh..", ".wh...", "d/.wh..."})
  void whiteoutsOfNothingAndOfDotsAreRefused(String path) {
    assertRefused(new RawTar().file(path, "").end(), "whiteout");
  }

  @Test
  void whatAufsLeftBehindIsLeftOut() throws IOException {
    byte[] tar =
        new RawTar()
            .add(RawTar.header(".wh..wh.plnk/", '5'))
            .file(".wh..wh.plnk/403.2049", "x")
            .file(".wh..wh.aufs", "")
            .file("kept", "")
            .end();

    assertThat(layers.read(tar).entries())
        .extracting(entry -> entry.path().toString())
        .containsExactly("/kept");
  }

  @Test
  void unknownTypesAreNoticedAndLeftOut() throws IOException {
    byte[] tar = new RawTar().file("a", "x").add(RawTar.header("socket", 's')).file("b", "").end();

    assertThat(layers.read(tar).entries()).hasSize(2);
    assertThat(layers.notices()).singleElement().asString().contains("'socket'", "left out");
  }

  @Test
  void aFileWithASlashAtItsEndIsADirectoryOfOld() throws IOException {
    byte[] tar = new RawTar().add(RawTar.header("old/", '\0').put(257, new byte[8])).end();

    assertThat(layers.read(tar).entries().getFirst()).isInstanceOf(LayerEntry.Directory.class);
  }

  @Test
  void symlinkTargetsHaveLimits() throws IOException {
    byte[] longest =
        new RawTar().pax("linkpath", "t".repeat(4095)).add(RawTar.header("s", '2')).end();
    assertThat(layers.read(longest).entries()).hasSize(1);

    assertRefused(new RawTar().add(RawTar.header("s", '2')).end(), "symlink target of 0 bytes");
    assertRefused(
        new RawTar().pax("linkpath", "t".repeat(4096)).add(RawTar.header("s", '2')).end(),
        "symlink target of 4096 bytes");
    assertRefused(new RawTar().pax("linkpath", "a\0b").add(RawTar.header("s", '2')).end(), "NUL");
  }

  @Test
  void xattrsThatLinuxCannotHaveAreRefused() throws IOException {
    String prefix = "SCHILY.xattr.";
    byte[] largest =
        new RawTar()
            .pax(RawTar.record(prefix + "user." + "n".repeat(250), new byte[65536]))
            .file("f", "")
            .end();
    Attributes attributes =
        ((LayerEntry.File) layers.read(largest).entries().getFirst()).attributes();
    assertThat(attributes.xattrs().get(ByteName.of("user." + "n".repeat(250)))).hasSize(65536);

    assertRefused(
        new RawTar().pax(prefix + "user." + "n".repeat(251), "x").file("f", "").end(), "xattr");
    assertRefused(new RawTar().pax(prefix, "x").file("f", "").end(), "xattr");
    assertRefused(new RawTar().pax(prefix + "user.a\0b", "x").file("f", "").end(), "xattr");
    assertRefused(
        new RawTar().pax(RawTar.record(prefix + "user.big", new byte[65537])).file("f", "").end(),
        "xattr");
  }

  @Test
  void aLayerThatIsNoTarIsCalledSo() {
    assertRefused(RawTar.bytes("hello"), "is not a tar archive");
    assertRefused(new byte[0], "is not a tar archive");
  }

  @Test
  void contentThatEndsBeyondItsLayerIsRefused() {
    byte[] tar = new RawTar().add(RawTar.header("f", '0').size(1 << 20)).end();

    assertRefused(tar, "truncated");
  }
}
