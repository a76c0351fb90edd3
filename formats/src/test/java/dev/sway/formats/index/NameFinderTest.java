package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every inode has a path that leads to it.
class NameFinderTest {
  @TempDir private Path folder;

  @Test
  void everyInodeOfARandomTreeIsFoundUnderAPathThatLeadsToIt() {
    Randomized.forSeeds(
        60, random -> check(RandomTree.storable(random, 1 + random.nextInt(300)).tar()));
  }

  @Test
  void directoriesOfNothingButHardLinksAreNoHindrance() throws IOException {
    RawTar tar = new RawTar();
    for (String directory : List.of("a/", "b/", "c/", "b/deep/", "c/deep/")) {
      tar.add(RawTar.header(directory, '5').mode(0755));
    }
    tar.file("b/deep/first", "1").file("c/deep/second", "2");
    for (int i = 0; i < 40; i++) {
      String to = i % 2 == 0 ? "b/deep/first" : "c/deep/second";
      tar.add(RawTar.header("a/" + i, '1').link(to));
      tar.add(RawTar.header("c/" + i, '1').link(to));
    }
    check(tar.end());
  }

  private void check(byte[] tar) throws IOException {
    Path path = folder.resolve("index");
    Files.deleteIfExists(path);
    try (Layers layers = new Layers(Files.createTempDirectory(folder, "layers"))) {
      Tree tree = layers.merge(tar);
      new IndexWriter().write(new IndexContent(tree, Map.of(), List.of(), List.of()), path);
      try (IndexReader reader = IndexReader.open(path)) {
        boolean done =
            reader.read(session -> {
              for (TreeInode inode : tree.inodes()) {
                List<ByteName> names =
                    Objects.requireNonNull(session.path(inode.number()), "inode without a path");
                long at = Tree.ROOT;
                for (ByteName name : names) {
                  at = session.lookup(at, name);
                }
                assertThat(at).as("%s", names).isEqualTo(inode.number());
              }
              assertThat(session.path(tree.inodes().size() + 1L)).isNull();
              assertThat(session.path(0)).isNull();
              assertThat(session.path(-1)).isNull();
              return true;
            });
        assertThat(done).isTrue();
      }
    }
  }
}
