package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.StoredImage;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every flipped bit and every truncation of what a store holds of an image is detected, or changes
/// nothing that is read.
class DamagedImageTest {
  /// More than the image and everything in it, many times.
  private static final long MAX_ALLOCATION = 8 << 20;

  @TempDir private Path folder;
  private final Bounded bounded = new Bounded(MAX_ALLOCATION);
  private StoredImage image =
      new StoredImage(Digest.of(new byte[0]), new byte[0], new byte[0], List.of());
  private SortedMap<String, String> expected = new TreeMap<>();
  private int harmless;

  @BeforeEach
  void build() throws IOException {
    image =
        StoredImage.ofTar(
            new RawTar()
                .pax("SCHILY.xattr.user.name", "value")
                .file("a", "the content of a file")
                .file("d/b", "some more ".repeat(50))
                .add(RawTar.header("link", '2').link("a"))
                .add(RawTar.header("hard", '1').link("a"))
                .end(),
            1,
            folder);
    expected = ImageListing.of(image, folder);
  }

  @AfterEach
  void stop() {
    bounded.close();
  }

  @Test
  void everyFlippedBitOfAManifestIsCorrupt() throws Exception {
    everyFlippedBit(image.manifest(), image::withManifest);
    assertThat(harmless).isZero();
  }

  @Test
  void everyTruncationOfAManifestIsCorrupt() throws Exception {
    everyTruncation(image.manifest(), image::withManifest);
    assertThat(harmless).isZero();
  }

  @Test
  void everyFlippedBitOfAnIndexIsCorruptOrHarmless() throws Exception {
    everyFlippedBit(image.index(), image::withIndex);
    assertThat(harmless).as("bits that make no difference to zstd").isLessThan(100);
  }

  @Test
  void everyTruncationOfAnIndexIsCorrupt() throws Exception {
    everyTruncation(image.index(), image::withIndex);
    assertThat(harmless).isZero();
  }

  @Test
  void everyFlippedBitOfAPackIsCorruptOrHarmless() throws Exception {
    everyFlippedBit(image.packs().getFirst(), bytes -> image.withPack(0, bytes));
    assertThat(harmless).as("bits that make no difference to zstd").isLessThan(20);
  }

  @Test
  void everyTruncationOfAPackIsCorrupt() throws Exception {
    everyTruncation(image.packs().getFirst(), bytes -> image.withPack(0, bytes));
    assertThat(harmless).isZero();
  }

  /// The file that a worker keeps, whose digest it checks whenever it opens it.
  @Test
  void theDigestOfAnIndexFileCoversEveryBit() throws Exception {
    Digest digest = image.read().index().contentDigest();
    byte[] plain = ImageListing.indexFile(image.read().index(), image.index());
    assertThat(Digest.of(plain)).isEqualTo(digest);
    for (int at = 0; at < plain.length; at += 7) {
      plain[at] ^= (byte) (1 << (at % 8));
      assertThat(Digest.of(plain)).as("byte %d", at).isNotEqualTo(digest);
      plain[at] ^= (byte) (1 << (at % 8));
    }
  }

  /// An image with other bytes in one place.
  private interface Damage {
    StoredImage with(byte[] bytes);
  }

  private void everyFlippedBit(byte[] whole, Damage damage) throws Exception {
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      check(damage.with(flipped), "bit " + bit % 8 + " of byte " + bit / 8);
    }
  }

  private void everyTruncation(byte[] whole, Damage damage) throws Exception {
    for (int length = 0; length < whole.length; length++) {
      check(damage.with(Arrays.copyOf(whole, length)), "cut to " + length);
    }
  }

  private void check(StoredImage damaged, String what) throws Exception {
    try {
      SortedMap<String, String> read = bounded.run(() -> ImageListing.of(damaged, folder));
      assertThat(read).as(what).isEqualTo(expected);
      harmless++;
    } catch (CorruptException | UnsupportedVersionException e) {
      assertThat(e.getMessage()).as(what).doesNotContain("\n");
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }
}
