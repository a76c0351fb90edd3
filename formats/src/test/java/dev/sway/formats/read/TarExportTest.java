package dev.sway.formats.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An exported tar becomes the same index and packs again.
class TarExportTest {
  @TempDir private Path folder;

  private static byte[] export(BuiltBlobs blobs, Digest digest) throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (StoredImage image = blobs.open(digest)) {
      TarExport.Written written = new TarExport(image, tar).write();
      assertThat(written.entries()).isEqualTo(image.manifest().statistics().entries());
      assertThat(written.fileBytes()).isEqualTo(image.manifest().statistics().fileBytes());
    }
    return tar.toByteArray();
  }

  private void assertComesBack(byte[] tar) throws IOException {
    BuiltBlobs blobs = new BuiltBlobs(folder);
    Digest original = blobs.add(tar);
    byte[] exported = export(blobs, original);
    Digest again = blobs.add(exported);
    try (StoredImage a = blobs.open(original);
        StoredImage b = blobs.open(again)) {
      assertThat(b.manifest().index().contentDigest())
          .isEqualTo(a.manifest().index().contentDigest());
      assertThat(b.manifest().packs()).isEqualTo(a.manifest().packs());
      assertThat(b.manifest().statistics()).isEqualTo(a.manifest().statistics());
    }
    assertThat(export(blobs, again)).isEqualTo(exported);
  }

  @Test
  void everyTreeComesBackAsItWas() {
    Randomized.forSeeds(25, random -> assertComesBack(RandomTree.of(random, 120).tar()));
  }

  @Test
  void rootAttributesLongPathsAndBinaryNamesComeBack() throws IOException {
    byte[] name = RawTar.bytes("caf\u00e9\u0001\n" + "x".repeat(150));
    byte[] deep = RawTar.bytes(("\u00ff" + "d".repeat(200) + "/").repeat(30) + "file");
    assertComesBack(
        new RawTar()
            .pax("mtime", "-1.25")
            .add(RawTar.header("./", '5').mode(01755).owner(7, 8))
            .pax(RawTar.record("path", name))
            .file("", "short")
            .pax(RawTar.record("path", deep))
            .file("", "deep")
            .pax(
                RawTar.record(
                    "SCHILY.xattr.security.capability", RawTar.bytes("\u0001\n\u00ff\0=")),
                RawTar.record("SCHILY.xattr.user.empty", new byte[0]),
                RawTar.record("uid", RawTar.bytes("4294967295")),
                RawTar.record("gid", RawTar.bytes("2097152")),
                RawTar.record("mtime", RawTar.bytes("9999999999.000000001")))
            .add(RawTar.header("usr/ping", '0').mode(06755))
            .file("a".repeat(100), "name field full to the last byte")
            .add(RawTar.header("fifo", '6'))
            .add(RawTar.header("null", '3').octal(329, 8, 1).octal(337, 8, 3))
            .add(RawTar.header("link", '2').link("usr/ping"))
            .add(RawTar.header("zz-hard", '1').link("usr/ping"))
            .add(RawTar.header("aa-hard-symlink", '1').link("link"))
            .end());
  }

  @Test
  void largeFilesThatShareChunksComeBack() throws IOException {
    byte[] content = Randomized.bytes(new Random(5), 3_000_000);
    assertComesBack(
        new RawTar()
            .file("a", content)
            .file("b/again", content)
            .file("zeros", new byte[5_000_000])
            .file("empty", new byte[0])
            .end());
  }

  @Test
  void holesComeBackAsHoles() throws IOException {
    byte[] map = new byte[RawTar.BLOCK];
    byte[] numbers = RawTar.bytes("3\n4096\n1024\n9000000000\n512\n9000001024\n100\n");
    System.arraycopy(numbers, 0, map, 0, numbers.length);
    byte[] data = Randomized.bytes(new Random(3), 1636);
    RawTar tar = new RawTar();
    sparse(tar, "caf\u00e9-" + "x".repeat(120), 9_500_000_000L, RawTar.join(map, data));
    byte[] none = new byte[RawTar.BLOCK];
    none[0] = '0';
    none[1] = '\n';
    sparse(tar, "all-hole", 1L << 40, none);
    assertComesBack(tar.end());
  }

  private static void sparse(RawTar tar, String name, long size, byte[] content) {
    tar.pax(
            RawTar.record("GNU.sparse.name", RawTar.bytes(name)),
            RawTar.record("GNU.sparse.major", RawTar.bytes("1")),
            RawTar.record("GNU.sparse.minor", RawTar.bytes("0")),
            RawTar.record("GNU.sparse.realsize", RawTar.bytes(Long.toString(size))))
        .file("short", content);
  }

  @Test
  void damagedChunkEndsTheExport() throws IOException {
    BuiltBlobs blobs = new BuiltBlobs(folder);
    Digest digest = blobs.add(new RawTar().file("f", "content of the file").end());
    try (StoredImage image = blobs.open(digest)) {
      Digest pack = image.manifest().packs().getFirst().digest();
      blobs.flipBit(pack, 12);
      assertThatThrownBy(() -> new TarExport(image, OutputStream.nullOutputStream()).write())
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("pack " + pack);
    }
  }

  @Test
  void oneFileIsReadByTheRangesOfItsChunksOnly() throws IOException {
    BuiltBlobs blobs = new BuiltBlobs(folder);
    Random random = new Random(9);
    RawTar tar = new RawTar();
    for (int i = 0; i < 20; i++) {
      tar.file("f" + i, Randomized.bytes(random, 1_000_000));
    }
    Digest digest = blobs.add(tar.file("tiny", "4 KiB would do").end());
    try (StoredImage image = blobs.open(digest)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      TreeEntry tiny = new PathLookup(image.index()).find("/tiny").orElseThrow();
      image.chunks().read(tiny.inode(), content::write);
      assertThat(content).hasToString("4 KiB would do");
      assertThat(blobs.ranges).singleElement().satisfies(n -> assertThat(n).isLessThan(100));
    }
  }
}
