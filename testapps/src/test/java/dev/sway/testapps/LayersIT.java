package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Images of several layers, seen through a mount, are what an unpacker of layers makes of them.
@Timeout(600)
final class LayersIT {
  private static final String BASE =
      """
      mkdir -p kept hidden opaque/sub turns/into-file both usr/lib
      echo base >kept/file; echo base >kept/replaced; echo base >hidden/file
      echo base >opaque/old; echo base >opaque/sub/old; echo base >opaque/again
      echo base >turns/into-file/inner; echo base >turns/into-folder
      echo base >both/whiteout-and-file; echo base >both/mode; chmod 600 both/mode
      echo base >usr/lib/library; ln -s usr/lib lib; ln kept/file kept/hard
      ln -s kept/file link
      """;

  private static final String SECOND =
      """
      mkdir -p kept opaque/sub turns/into-folder both lib-new new
      echo second >kept/replaced; echo second >kept/added
      : >.wh.hidden; : >kept/.wh.file
      : >opaque/.wh..wh..opq; echo second >opaque/again; echo second >opaque/sub/new
      echo second >turns/into-file; echo second >turns/into-folder/inner
      : >both/.wh.whiteout-and-file; echo second >both/whiteout-and-file
      echo base >both/mode; chmod 4755 both/mode
      : >.wh.link; : >.wh.never-there
      chmod 700 kept
      """;

  private static final String THIRD =
      """
      mkdir -p lib hidden opaque
      echo third >lib/added; : >hidden/file-of-its-own
      : >opaque/.wh.again
      ln -s opaque link
      """;

  /// What the three together are.
  private static final String MERGED =
      """
      mkdir -p kept hidden opaque/sub turns/into-folder both usr/lib lib-new new
      echo base >kept/hard; echo second >kept/replaced; echo second >kept/added; chmod 700 kept
      : >hidden/file-of-its-own
      echo second >opaque/sub/new
      echo second >turns/into-file; echo second >turns/into-folder/inner
      echo second >both/whiteout-and-file; echo base >both/mode; chmod 4755 both/mode
      echo base >usr/lib/library
      mkdir lib; echo third >lib/added
      ln -s opaque link
      """;

  @Test
  void dockerArchive(@TempDir Path folder) throws Exception {
    Requirements.runs();
    Path archive = TestImages.dockerArchive(folder.resolve("image.tar"), "{}", layers(folder));
    compare(folder, "docker-archive:" + archive);
  }

  @Test
  void ociLayoutOfGzipLayers(@TempDir Path folder) throws Exception {
    Requirements.runs();
    Path layout =
        TestImages.ociLayout(
            Files.createDirectory(folder.resolve("oci")), "{}", layers(folder), "gzip");
    compare(folder, "oci:" + layout);
  }

  @Test
  void ociArchiveOfZstdLayers(@TempDir Path folder) throws Exception {
    Requirements.runs();
    Path layout =
        TestImages.ociLayout(
            Files.createDirectory(folder.resolve("oci")), "{}", layers(folder), "zstd");
    Shell.bash(layout, "tar -cf ../oci.tar *");
    compare(folder, "oci-archive:" + folder.resolve("oci.tar"));
  }

  private static List<Path> layers(Path folder) throws IOException, InterruptedException {
    List<Path> layers = new ArrayList<>();
    for (String script : List.of(BASE, SECOND, THIRD)) {
      Path tree = tree(folder.resolve("tree" + layers.size()), script);
      layers.add(TestImages.tar(tree, folder.resolve("layer" + layers.size() + ".tar")));
    }
    return layers;
  }

  /// One time for all, because implied and merged directories have the time of who came last.
  private static Path tree(Path tree, String script) throws IOException, InterruptedException {
    Files.createDirectories(tree);
    Shell.bash(tree, script + "find . -exec touch -h -d '2020-01-01 UTC' {} +");
    return tree;
  }

  private static void compare(Path folder, String source) throws IOException, InterruptedException {
    TreeListing expected = TreeListing.of(tree(folder.resolve("merged"), MERGED));
    try (Sway sway = new Sway(Files.createDirectory(folder.resolve("sway")))) {
      sway.startBlobd();
      sway.export(source, "image");
      Path point = folder.resolve("sway/point");
      Child mount = sway.mount("image", point, "state");
      assertThat(TreeListing.of(point).differences(expected)).isEmpty();
      Sway.end(mount);
    }
  }
}
