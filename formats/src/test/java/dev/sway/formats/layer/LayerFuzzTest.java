package dev.sway.formats.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged layers, compressed and not, from the tar to the merged tree: either they are read, or
/// they are refused as bad archives.
class LayerFuzzTest {
  /// A megabyte for an extension header, and again for its records, and what decompressors need.
  private static final long MAX_ALLOCATION = 64 << 20;

  private static final int CHECKSUM = 148;

  @TempDir private Path folder;

  private static List<byte[]> tars() throws IOException {
    List<byte[]> tars = new ArrayList<>();
    tars.add(
        new RawTar()
            .globalPax("comment", "all")
            .pax("mtime", "1.5")
            .file("a", "x".repeat(600))
            .add(RawTar.header("././@LongLink", 'L'), RawTar.bytes("b".repeat(200) + "\0"))
            .file("b", "y")
            .add(RawTar.header("././@LongLink", 'K'), RawTar.bytes("c".repeat(200) + "\0"))
            .add(RawTar.header("link", '2').link("short"))
            .add(RawTar.header("hard", '1').link("a"))
            .add(RawTar.header("null", '3').octal(329, 8, 1).octal(337, 8, 3))
            .end());
    tars.add(
        CommonsTar.pax()
            .directory("d")
            .file("d/" + "n".repeat(250), "long")
            .symlink("d/s", "../d")
            .file("d/s/through", "a link")
            .whiteout("d/gone")
            .opaque("d")
            .end());
    tars.add(CommonsTar.gnu().file("g/" + "n".repeat(250), "gnu").hardLink("h", "g").end());
    return tars;
  }

  @Test
  void damagedLayersAreReadOrRefused() throws IOException {
    List<byte[]> tars = tars();
    List<byte[]> compressed = new ArrayList<>();
    for (byte[] tar : tars) {
      compressed.addAll(List.of(Layers.gzip(tar), Layers.zstd(tar), Layers.bzip2(tar)));
    }
    int[] read = {0};
    try (Bounded bounded = new Bounded(MAX_ALLOCATION)) {
      Randomized.forSeeds(
          Mutator.RUNS / 2,
          random -> {
            byte[] layer =
                switch (random.nextInt(6)) {
                  case 0 -> new Mutator(random, compressed).next();
                  case 1 -> new Mutator(random, tars).next();
                  case 2 -> Layers.gzip(sealed(new Mutator(random, tars).next()));
                  default -> sealed(new Mutator(random, tars).next());
                };
            try {
              Tree tree = bounded.run(() -> merged(layer));
              assertThat(tree.entries()).isLessThan(200);
              read[0]++;
            } catch (BadArchiveException e) {
              assertThat(e.getMessage()).startsWith("test layer: ").doesNotContain("\n");
            }
          });
    }
    assertThat(read[0]).as("layers that were read").isBetween(1, Mutator.RUNS / 2 - 1);
  }

  private Tree merged(byte[] layer) throws IOException {
    Path scratch = Files.createTempDirectory(folder, "fuzz");
    try (Layers layers = new Layers(scratch)) {
      return layers.merge(layer);
    } finally {
      try (var files = Files.walk(scratch)) {
        for (Path file : files.toList().reversed()) {
          Files.delete(file);
        }
      }
    }
  }

  /// The tar with right checksums where headers are, so that what is in them is looked at.
  private static byte[] sealed(byte[] tar) {
    for (int block = 0; block + RawTar.BLOCK <= tar.length; block += RawTar.BLOCK) {
      if (tar[block + 257] == 'u' && tar[block + 258] == 's') {
        System.arraycopy(RawTar.bytes("        "), 0, tar, block + CHECKSUM, 8);
        int sum = 0;
        for (int i = 0; i < RawTar.BLOCK; i++) {
          sum += tar[block + i] & 0xff;
        }
        byte[] digits = RawTar.bytes("%06o\0".formatted(sum));
        System.arraycopy(digits, 0, tar, block + CHECKSUM, digits.length);
      }
    }
    return tar;
  }
}
