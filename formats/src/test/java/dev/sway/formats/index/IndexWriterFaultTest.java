package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexWriterFaultTest {
  @TempDir private Path folder;

  private IndexContent content(int files) throws IOException {
    RawTar tar = new RawTar();
    for (int i = 0; i < files; i++) {
      tar.file("d" + i % 100 + "/file" + i, "");
    }
    try (Layers layers = new Layers(folder)) {
      return new IndexContent(layers.merge(tar.end()), Map.of(), List.of(), List.of());
    }
  }

  private static void assertNoRoom(IndexContent content, Path path) {
    assertThatThrownBy(() -> new IndexWriter().write(content, path))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining(path.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  @Test
  void aFolderThatIsNotThereIsAStorageFault() throws IOException {
    assertNoRoom(content(1), folder.resolve("absent").resolve("index"));
  }

  /// A full disk at any time: too small for LMDB's first pages, for the build, for the copy.
  @Test
  void aFullDiskIsAStorageFaultAndLeavesNothing() throws Exception {
    IndexContent content = content(5000);
    Path small = Files.createDirectory(folder.resolve("small"));
    int fitting = 0;
    for (int kib : new int[] {4, 200, 1000, 2200, 2600, 64_000}) {
      assumeTrue(
          run("mount", "-t", "tmpfs", "-o", "size=" + kib + "k", "none", small.toString()),
          "skipped: a small file system cannot be mounted here");
      try {
        Path path = small.resolve("index");
        try {
          new IndexWriter().write(content, path);
          fitting++;
        } catch (SwayException e) {
          assertThat(e.kind()).isEqualTo(FailureKind.STORAGE);
          assertThat(small).isEmptyDirectory();
        }
      } finally {
        assertThat(run("umount", small.toString())).isTrue();
      }
    }
    assertThat(fitting).isBetween(1, 3);
  }
}
