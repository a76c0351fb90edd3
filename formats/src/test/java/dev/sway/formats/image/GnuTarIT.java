package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.StoredImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random trees on a disk, in archives that GNU tar writes: what comes out of the image is what is
/// on the disk. Needs root, for owners and devices. `-Dsway.seeds=N` tries more of them.
class GnuTarIT {
  private static final int SEEDS = Integer.getInteger("sway.seeds", 20);
  private static final List<String> EVERYTHING =
      List.of("--xattrs", "--xattrs-include=*", "--numeric-owner");

  @TempDir private Path folder;

  @BeforeAll
  static void requireRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "skipped: needs root");
  }

  private static void tar(Path tree, List<String> first, Object... more)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("tar", "--warning=no-timestamp", "-C", tree.toString()));
    command.addAll(first);
    for (Object word : more) {
      command.add(word.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", command, output).isZero();
    assertThat(output).isEmpty();
  }

  /// The tree on the disk; its root has the attributes that the model's has.
  private Path unpacked(RandomTree model) throws IOException, InterruptedException {
    Path tree = Files.createTempDirectory(folder, "tree");
    Path archive = Files.write(folder.resolve("model.tar"), model.tar());
    tar(tree, EVERYTHING, "--delay-directory-restore", "-xpf", archive);
    Files.setPosixFilePermissions(
        tree, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setLastModifiedTime(tree, FileTime.fromMillis(0));
    return tree;
  }

  private SortedMap<String, String> image(Path tree, String... options)
      throws IOException, InterruptedException {
    Path archive = folder.resolve("gnu.tar");
    tar(tree, List.of(options), "-cf", archive, ".");
    return ImageListing.of(StoredImage.ofTar(Files.readAllBytes(archive), 2, folder), folder);
  }

  /// What the GNU format keeps: whole seconds, and no xattrs.
  private static SortedMap<String, String> gnu(SortedMap<String, String> listing) {
    SortedMap<String, String> less = new TreeMap<>();
    listing.forEach((path, line) ->
        less.put(
            path,
            line.replaceFirst("\\+[0-9]{9} ", "+000000000 ")
                .replaceAll(" user\\.x[0-9]=[0-9a-f]{16}", "")));
    return less;
  }

  /// Compares line by line: a whole tree is too much for a message.
  private static void assertSame(
      SortedMap<String, String> actual, SortedMap<String, String> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((path, line) -> assertThat(line).as(path).isEqualTo(expected.get(path)));
  }

  @Test
  void imagesOfRandomTreesHoldWhatIsOnTheDisk() {
    Randomized.forSeeds(
        SEEDS,
        random -> {
          RandomTree model = RandomTree.storable(random, 1 + random.nextInt(60));
          Path tree = unpacked(model);
          try {
            SortedMap<String, String> whole = model.listing();
            assertSame(
                image(tree, "--format=pax", "--xattrs", "--xattrs-include=*", "--sort=name"),
                whole);
            assertSame(
                image(tree, "--format=pax", "--xattrs", "--xattrs-include=*", "--sparse"), whole);
            String compression =
                List.of("--gzip", "--zstd", "--xz", "--bzip2").get(random.nextInt(4));
            assertSame(image(tree, "--format=gnu", compression), gnu(whole));
            assertSame(image(tree, "--format=gnu", "--sparse"), gnu(whole));
          } finally {
            tar(tree, List.of("--remove-files"), "-cf", "/dev/null", ".");
          }
        });
  }
}
