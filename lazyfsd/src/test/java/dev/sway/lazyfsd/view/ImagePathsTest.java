package dev.sway.lazyfsd.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.InodeRecord;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagePathsTest {
  @TempDir Path folder;
  private IndexReader index;
  private ChunkCache cache;
  private ImagePaths paths;

  @BeforeEach
  void open() throws IOException {
    TestImage.Built image =
        new TestImage(folder)
            .file("/etc/passwd", "the image's own")
            .file("/usr/lib/name", "x")
            .directory("/dir")
            .fifo("/etc/fifo")
            .symlink("/lib", "usr/lib")
            .symlink("/absolute", "/etc/passwd")
            .symlink("/outside", "../../../../../etc/passwd")
            .symlink("/dir/up", "../etc/passwd")
            .symlink("/chain", "lib/../../absolute")
            .symlink("/loop", "loop2")
            .symlink("/loop2", "/loop")
            .symlink("/self", "self/self")
            .symlink("/dangling", "nowhere")
            .symlink("/root", "/")
            .build();
    index = image.open();
    cache =
        new ChunkCache(
            new PackCache(folder.resolve("packs"), new FakeSource(image.pack())), 1 << 20);
    paths = new ImagePaths(new IndexedImage(index, cache, new FetchCounters(), 0));
  }

  @AfterEach
  void close() throws IOException {
    cache.close();
    index.close();
  }

  private String content(String path) throws IOException {
    return paths
        .content(path, 100)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .orElse("none");
  }

  @Test
  void linksAreFollowedInsideTheImageOnly() throws IOException {
    for (String path :
        new String[] {
          "/etc/passwd",
          "/absolute",
          "/outside",
          "/dir/up",
          "/chain",
          "/root/etc/passwd",
          "/../../etc//./passwd",
          "/dir/../absolute",
          "etc/passwd"
        }) {
      assertThat(content(path)).as(path).isEqualTo("the image's own");
    }
    assertThat(content("/lib/name")).isEqualTo("x");
  }

  @Test
  void loopsAndDanglingLinksAreNothing() throws IOException {
    for (String path : new String[] {"/loop", "/self", "/dangling", "/nowhere", "/loop/x"}) {
      assertThat(paths.find(path)).as(path).isEmpty();
    }
  }

  @Test
  void nothingIsBelowAFileAndOnlyRegularFilesHaveContent() throws IOException {
    assertThat(paths.find("/etc/passwd/x")).isEmpty();
    assertThat(content("/dir")).isEqualTo("none");
    assertThat(content("/etc/fifo")).isEqualTo("none");
    assertThat(paths.find("/").map(InodeRecord::number)).isEqualTo(Optional.of(ImageView.ROOT));
  }

  @Test
  void resolvedPathsHaveNoLinksLeft() throws IOException {
    assertThat(paths.resolve("/chain")).isEqualTo("/etc/passwd");
    assertThat(paths.resolve("/lib/x/y")).isEqualTo("/usr/lib/x/y");
    assertThat(paths.resolve("/none/../lib/./name")).isEqualTo("/usr/lib/name");
    assertThat(paths.resolve("/root/../..//dir/")).isEqualTo("/dir");
    assertThat(paths.resolve("/dangling/x")).isEqualTo("/nowhere/x");
    assertThat(paths.find("/none/../lib/name")).isEmpty();
  }

  @Test
  void contentIsBounded() throws IOException {
    assertThat(paths.content("/etc/passwd", 3).orElseThrow()).hasSize(3);
  }
}
