package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.StoredImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random trees through tar and image and back. `-Dsway.seeds=N` tries more of them.
class RandomTreeTest {
  private static final int SEEDS = Integer.getInteger("sway.seeds", 200);

  @TempDir private Path folder;

  @Test
  void everythingOfARandomTreeIsReadBack() {
    Randomized.forSeeds(
        SEEDS,
        random -> {
          RandomTree expected = RandomTree.of(random, 1 + random.nextInt(60));
          StoredImage image = StoredImage.ofTar(expected.tar(), 1 + random.nextInt(3), folder);
          assertThat(ImageListing.of(image, folder)).isEqualTo(expected.listing());
        });
  }
}
