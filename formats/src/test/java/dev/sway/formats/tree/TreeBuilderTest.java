package dev.sway.formats.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeBuilderTest {
  @TempDir private Path folder;
  private Layers layers;

  @BeforeEach
  void open() throws IOException {
    layers = new Layers(folder);
  }

  @AfterEach
  void close() throws IOException {
    layers.close();
  }

  private static CommonsTar tar() {
    return CommonsTar.pax();
  }

  private static String text(Tree tree, String path) throws IOException {
    return new String(Layers.content(Layers.at(tree, path)), UTF_8);
  }

  private static List<String> names(TreeInode directory) {
    return directory.children().keySet().stream().map(ByteName::toString).toList();
  }

  private void assertRefused(String reason, byte[]... tars) {
    assertThatThrownBy(() -> layers.merge(tars))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("test layer")
        .hasMessageContaining(reason);
  }

  @Test
  void anUpperLayersFileReplacesALowerOne() throws IOException {
    Tree tree = layers.merge(tar().file("f", "old").end(), tar().file("f", "new").end());

    assertThat(text(tree, "f")).isEqualTo("new");
  }

  @Test
  void aWhiteoutHidesWhatLowerLayersHave() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("d/a", "").file("d/b/c", "").file("kept", "").end(),
            tar().whiteout("d/b").whiteout("d/absent").whiteout("nowhere/x").end());

    assertThat(names(Layers.at(tree, "d"))).containsExactly("a");
    assertThat(names(tree.root())).containsExactly("d", "kept");
  }

  @Test
  void aWhiteoutNeverHidesItsOwnLayerWhereverItStands() throws IOException {
    byte[] lower = tar().file("f", "old").end();

    assertThat(text(layers.merge(lower, tar().whiteout("f").file("f", "new").end()), "f"))
        .isEqualTo("new");
    assertThat(text(layers.merge(lower, tar().file("f", "new").whiteout("f").end()), "f"))
        .isEqualTo("new");
  }

  @Test
  void anOpaqueDirectoryHidesLowerChildrenWhereverTheMarkerStands() throws IOException {
    byte[] lower = tar().file("d/old", "").file("d/sub/old", "").end();

    for (byte[] upper :
        List.of(
            tar().directory("d").opaque("d").file("d/new", "").end(),
            tar().directory("d").file("d/new", "").opaque("d").end(),
            tar().opaque("d").file("d/new", "").end())) {
      assertThat(names(Layers.at(layers.merge(lower, upper), "d"))).containsExactly("new");
    }
  }

  @Test
  void anOpaqueDirectoryLeavesWhatALowerSymlinkOfItsNamePointedTo() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("target/kept", "").symlink("d", "target").end(),
            tar().directory("d").opaque("d").file("d/new", "").end());

    assertThat(names(Layers.at(tree, "target"))).containsExactly("kept");
    assertThat(names(Layers.at(tree, "d"))).containsExactly("new");
  }

  @Test
  void anOpaqueRootHidesEverythingBelow() throws IOException {
    Tree tree = layers.merge(tar().file("old", "").end(), tar().opaque(".").file("new", "").end());

    assertThat(names(tree.root())).containsExactly("new");
  }

  @Test
  void aDirectoryKeepsItsChildrenWhenAnUpperLayerChangesIt() throws IOException {
    byte[] upper = new RawTar().add(RawTar.header("d/", '5').mode(0700).owner(5, 6).mtime(7)).end();

    TreeInode directory = Layers.at(layers.merge(tar().file("d/f", "").end(), upper), "d");

    assertThat(names(directory)).containsExactly("f");
    assertThat(directory.attributes().permissions()).isEqualTo(0700);
    assertThat(directory.attributes().uid()).isEqualTo(5);
    assertThat(directory.attributes().gid()).isEqualTo(6);
    assertThat(directory.attributes().mtimeSeconds()).isEqualTo(7);
  }

  @Test
  void aFileReplacesADirectoryAndADirectoryAFile() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("a/inside", "").file("b", "").end(),
            tar().file("a", "file now").directory("b").file("b/inside", "").end());

    assertThat(text(tree, "a")).isEqualTo("file now");
    assertThat(Layers.find(tree, "a/inside")).isEmpty();
    assertThat(names(Layers.at(tree, "b"))).containsExactly("inside");
  }

  @Test
  void aDirectoryReplacesAFileOrASymlink() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("f", "").file("t/x", "").symlink("s", "t").end(),
            tar().directory("f").directory("s").file("s/y", "").end());

    assertThat(Layers.at(tree, "f").type()).isEqualTo(FileType.DIRECTORY);
    assertThat(names(Layers.at(tree, "s"))).containsExactly("y");
    assertThat(names(Layers.at(tree, "t"))).containsExactly("x");
  }

  @Test
  void missingParentsAreRootsOwnAnd0755() throws IOException {
    TreeInode implied = Layers.at(layers.merge(tar().file("a/b/c", "").end()), "a/b");

    assertThat(implied.type()).isEqualTo(FileType.DIRECTORY);
    assertThat(implied.attributes().permissions()).isEqualTo(0755);
    assertThat(implied.attributes().uid()).isZero();
  }

  @Test
  void parentsThatAreSymlinksAreFollowedInsideTheRoot() throws IOException {
    Tree tree =
        layers.merge(
            tar()
                .directory("usr/bin")
                .symlink("bin", "usr/bin")
                .symlink("absolute", "/usr/bin")
                .symlink("beyond", "../../../usr/./bin/")
                .symlink("usr/up", "../bin")
                .end(),
            tar()
                .file("bin/a", "")
                .file("absolute/b", "")
                .file("beyond/c", "")
                .file("usr/up/d", "")
                .end());

    assertThat(names(Layers.at(tree, "usr/bin"))).containsExactly("a", "b", "c", "d");
    assertThat(Layers.at(tree, "bin").type()).isEqualTo(FileType.SYMLINK);
  }

  @Test
  void whiteoutsFollowParentsThatAreSymlinksButHideTheLinkItself() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("usr/lib/a", "").file("usr/lib/b", "").symlink("lib", "usr/lib").end(),
            tar().whiteout("lib/a").end(),
            tar().whiteout("lib").end());

    assertThat(names(Layers.at(tree, "usr/lib"))).containsExactly("b");
    assertThat(Layers.find(tree, "lib")).isEmpty();
  }

  @Test
  void symlinkLoopsOnTheWayAreRefused() throws IOException {
    assertRefused(
        "symbolic links", tar().symlink("a", "b").symlink("b", "a").file("a/f", "").end());
    assertRefused("symbolic links", tar().symlink("self", "self").file("self/f", "").end());
  }

  @Test
  void whiteoutsThroughALoopHideNothing() throws IOException {
    Tree tree = layers.merge(tar().symlink("a", "a").end(), tar().whiteout("a/f").end());

    assertThat(names(tree.root())).containsExactly("a");
  }

  @Test
  void parentsThatAreFilesAreRefused() throws IOException {
    assertRefused("not a directory", tar().file("f", "").file("f/g", "").end());
    assertRefused("not a directory", tar().file("f", "").end(), tar().file("f/g/h", "").end());
  }

  @Test
  void danglingSymlinksStayAsTheyAre() throws IOException {
    TreeInode link = Layers.at(layers.merge(tar().symlink("s", "/no/where").end()), "s");

    assertThat(link.linkTarget()).isEqualTo(ByteName.of("/no/where"));
    assertThat(link.size()).isEqualTo(9);
    assertThat(link.links()).isEqualTo(1);
  }

  @Test
  void hardLinksShareOneInodeAcrossLayers() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("d/a", "content").end(),
            tar().hardLink("b", "d/a").hardLink("c", "b").end());

    TreeInode inode = Layers.at(tree, "d/a");
    assertThat(Layers.at(tree, "b")).isSameAs(inode);
    assertThat(Layers.at(tree, "c")).isSameAs(inode);
    assertThat(inode.links()).isEqualTo(3);
    assertThat(tree.filesInPathOrder()).containsExactly(inode);
    assertThat(tree.entries()).isEqualTo(5);
    assertThat(tree.inodes()).hasSize(3);
  }

  @Test
  void aReplacedNameLeavesTheOtherHardLinksTheirContent() throws IOException {
    Tree tree =
        layers.merge(tar().file("a", "old").hardLink("b", "a").end(), tar().file("a", "new").end());

    assertThat(text(tree, "a")).isEqualTo("new");
    assertThat(text(tree, "b")).isEqualTo("old");
    assertThat(Layers.at(tree, "b").links()).isEqualTo(1);
  }

  @Test
  void aHiddenNameIsNoLinkAnyMore() throws IOException {
    Tree tree =
        layers.merge(tar().file("a", "x").hardLink("b", "a").end(), tar().whiteout("a").end());

    assertThat(Layers.at(tree, "b").links()).isEqualTo(1);
  }

  @Test
  void aHardLinkToASymlinkIsTheSymlink() throws IOException {
    Tree tree = layers.merge(tar().symlink("s", "t").file("t", "").hardLink("h", "s").end());

    assertThat(Layers.at(tree, "h")).isSameAs(Layers.at(tree, "s"));
    assertThat(Layers.at(tree, "h").links()).isEqualTo(2);
  }

  @Test
  void hardLinksToNothingOrToADirectoryAreRefused() throws IOException {
    assertRefused("does not exist", tar().hardLink("h", "absent").end());
    assertRefused("does not exist", tar().hardLink("h", "absent/deep/er").end());
    assertRefused("directory", tar().directory("d").hardLink("h", "d").end());
    assertRefused(
        "does not exist", tar().file("a", "").end(), tar().whiteout("a").hardLink("h", "a").end());
  }

  @Test
  void directoriesCountTheirSubdirectoriesAsLinks() throws IOException {
    Tree tree = layers.merge(tar().directory("a/b").directory("a/c").file("a/f", "").end());

    assertThat(tree.root().links()).isEqualTo(3);
    assertThat(Layers.at(tree, "a").links()).isEqualTo(4);
    assertThat(Layers.at(tree, "a/b").links()).isEqualTo(2);
  }

  @Test
  void inodesAreNumberedDirectoryByDirectoryInTheOrderOfNames() throws IOException {
    Tree tree =
        layers.merge(
            tar()
                .file("b/z", "")
                .file("b/y/deep", "")
                .file("a/x", "")
                .file("c", "")
                .hardLink("a/link", "b/z")
                .end());

    assertThat(tree.root().number()).isEqualTo(Tree.ROOT);
    assertThat(
            List.of("a", "b", "c", "a/link", "a/x", "b/y", "b/y/deep").stream()
                .map(path -> Layers.at(tree, path).number())
                .toList())
        .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L);
    assertThat(Layers.at(tree, "b/z").number()).isEqualTo(5);
    for (int i = 0; i < tree.inodes().size(); i++) {
      assertThat(tree.inodes().get(i).number()).isEqualTo(i + 1);
    }
  }

  @Test
  void filesComeInPathOrderDepthFirst() throws IOException {
    Tree tree =
        layers.merge(
            tar().file("b", "2").file("a/z", "1").file("a.txt", "1.5").file("c/d/e", "3").end());

    assertThat(tree.filesInPathOrder().stream().map(file -> content(file)).toList())
        .containsExactly("1", "1.5", "2", "3");
  }

  private static String content(TreeInode file) {
    try {
      return new String(Layers.content(file), UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theRootsAttributesAreThoseOfItsEntry() throws IOException {
    byte[] tar = new RawTar().add(RawTar.header("./", '5').mode(01777).owner(3, 4)).end();

    assertThat(layers.merge(tar).root().attributes().permissions()).isEqualTo(01777);
    assertThat(layers.merge(tar).root().attributes().gid()).isEqualTo(4);
  }

  @Test
  void deviceNumbersAndFifosSurvive() throws IOException {
    byte[] tar =
        new RawTar()
            .add(RawTar.header("sda", '4').octal(329, 8, 8).octal(337, 8, 0xF_FFFF))
            .add(RawTar.header("tty", '3').octal(329, 8, 4).octal(337, 8, 64))
            .add(RawTar.header("pipe", '6'))
            .end();
    Tree tree = layers.merge(tar);

    TreeInode block = Layers.at(tree, "sda");
    assertThat(block.type()).isEqualTo(FileType.BLOCK_DEVICE);
    assertThat(block.deviceMajor()).isEqualTo(8);
    assertThat(block.deviceMinor()).isEqualTo(0xF_FFFF);
    assertThat(Layers.at(tree, "tty").type()).isEqualTo(FileType.CHARACTER_DEVICE);
    assertThat(Layers.at(tree, "pipe").type()).isEqualTo(FileType.FIFO);
    assertThat(block.content()).isNull();
  }

  @Test
  void aTreeOfNoLayersIsAnEmptyRoot() {
    Tree tree = new TreeBuilder().build();

    assertThat(tree.inodes()).hasSize(1);
    assertThat(tree.root().links()).isEqualTo(2);
    assertThat(tree.filesInPathOrder()).isEmpty();
  }
}
