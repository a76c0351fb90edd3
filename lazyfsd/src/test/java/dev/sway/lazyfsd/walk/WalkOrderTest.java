package dev.sway.lazyfsd.walk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalkOrderTest {
  @TempDir Path folder;
  private FixedView fixed;
  private ImageView view;

  @BeforeEach
  void image() throws IOException {
    TestImage image = new TestImage(Files.createDirectory(folder.resolve("image")));
    for (String path :
        List.of(
            "/lib",
            "/lib/a",
            "/lib/a/x",
            "/lib/a/y",
            "/lib/b",
            "/lib/c",
            "/lib/c/z",
            "/lib/d",
            "/opt",
            "/opt/e")) {
      image.directory(path);
    }
    image.file("/lib/a/file", "content").file("/lib/bb", "content");
    fixed = new FixedView(image, folder);
    view = fixed.view();
  }

  @AfterEach
  void close() throws IOException {
    fixed.close();
  }

  private Optional<String> top(String... paths) throws IOException {
    List<Long> inodes = new ArrayList<>();
    for (String path : paths) {
      long inode = ImageView.ROOT;
      for (String name : Arrays.stream(path.split("/", -1)).filter(n -> !n.isEmpty()).toList()) {
        inode = view.lookup(inode, ByteName.of(name));
      }
      inodes.add(inode);
    }
    return new WalkOrder(view)
        .top(inodes, () -> true)
        .map(names -> "/" + String.join("/", names.stream().map(ByteName::toString).toList()));
  }

  @Test
  void eachDirectoryAndThenAllThatLieInItIsAWalkOfWhatTheyAllLieIn() throws Exception {
    assertThat(top("/", "/lib", "/lib/a", "/lib/a/x", "/lib/a/y", "/lib/b")).hasValue("/");
    assertThat(top("/lib", "/lib/a", "/lib/a/x", "/lib/a/y", "/lib/b", "/lib/c")).hasValue("/lib");
    assertThat(top("/lib/a/y", "/lib/b", "/lib/c", "/lib/c/z", "/lib/d", "/opt", "/opt/e"))
        .hasValue("/");
  }

  @Test
  void walkThatSortsSomeNamesInAnotherWayIsOneToo() throws Exception {
    assertThat(top("/lib", "/lib/a", "/lib/a/x", "/lib/a/y", "/lib/c", "/lib/c/z", "/lib/b"))
        .hasValue("/lib");
  }

  @Test
  void directoriesThatAreLookedThroughForSomethingAreNone() throws Exception {
    assertThat(top("/lib", "/lib/c", "/lib/a", "/opt", "/lib/d", "/lib/b")).isEmpty();
    assertThat(top("/lib/a", "/lib/c", "/opt")).isEmpty();
  }
}
