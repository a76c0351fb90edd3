package dev.sway.formats.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.ContentSpool;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerEntry;
import dev.sway.formats.layer.LayerReader;
import dev.sway.formats.tree.FileType;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeBuilder;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootfsSourceTest {
  @TempDir private Path folder;
  private Path root = Path.of("");
  private final List<String> notices = new ArrayList<>();

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
  }

  private ImageSource open() throws IOException {
    return SourceReference.parse("rootfs:" + root).open(folder, InputStream.nullInputStream());
  }

  private Layer read(ImageSource source) throws IOException {
    Path spool = Files.createTempDirectory(folder, "read").resolve("spool");
    try (ContentSpool contents = new ContentSpool(spool)) {
      return source
          .layers()
          .getFirst()
          .read(new LayerReader(contents, Runnable::run, bytes -> {}, notices::add));
    }
  }

  private Tree tree(ImageSource source) throws IOException {
    TreeBuilder builder = new TreeBuilder();
    builder.apply(read(source), "test");
    return builder.build();
  }

  private int sh(String script) throws IOException, InterruptedException {
    return new ProcessBuilder("bash", "-ec", script)
        .directory(root.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static boolean isRoot(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid").equals(0);
  }

  @Test
  void filesLinksAndTimesAreAsTheyAre() throws IOException {
    Files.writeString(root.resolve("file"), "content");
    Files.createDirectories(root.resolve("d/e"));
    Files.createSymbolicLink(root.resolve("d/soft"), Path.of("../../outside"));
    Files.createSymbolicLink(root.resolve("d/folder"), Path.of("/etc"));
    Files.createLink(root.resolve("d/hard"), root.resolve("file"));
    Instant time = Instant.ofEpochSecond(5, 123_456_789);
    // Java cannot set both a time before 1970 and a fraction of a second.
    Files.setLastModifiedTime(root.resolve("d"), FileTime.from(Instant.ofEpochSecond(-5)));
    Files.setLastModifiedTime(root.resolve("file"), FileTime.from(time));
    Files.setAttribute(root.resolve("file"), "unix:mode", 0104751);

    try (ImageSource source = open()) {
      Tree tree = tree(source);
      TreeInode file = Layers.at(tree, "file");
      assertThat(content(file)).isEqualTo(RawTar.bytes("content"));
      assertThat(file.attributes().permissions()).isEqualTo(04751);
      assertThat(Layers.at(tree, "d").attributes().mtimeSeconds()).isEqualTo(-5);
      assertThat(file.attributes().mtimeSeconds()).isEqualTo(5);
      assertThat(file.attributes().mtimeNanos()).isEqualTo(123_456_789);
      assertThat(file.attributes().uid()).isEqualTo(Files.getAttribute(root, "unix:uid"));
      assertThat(file.links()).isEqualTo(2);
      assertThat(Layers.at(tree, "d/hard")).isSameAs(file);
      assertThat(Layers.at(tree, "d/soft").linkTarget()).isEqualTo(ByteName.of("../../outside"));
      assertThat(Layers.at(tree, "d/folder").type()).isEqualTo(FileType.SYMLINK);
      assertThat(Layers.at(tree, "d/e").type()).isEqualTo(FileType.DIRECTORY);
      assertThat(tree.entries()).isEqualTo(7);
      assertThat(source.transport()).isEqualTo("rootfs");
      assertThat(source.id()).isEmpty();
    }
    assertThat(notices).isEmpty();
  }

  private static byte[] content(TreeInode file) throws IOException {
    return Layers.content(file);
  }

  /// Names of layers mean nothing in a folder.
  @Test
  void namesThatLookLikeWhiteoutsAreFiles() throws IOException {
    Files.writeString(root.resolve(".wh.a"), "");
    Files.writeString(root.resolve(".wh..wh..opq"), "");

    try (ImageSource source = open()) {
      assertThat(read(source).entries())
          .extracting(entry -> entry.getClass().getSimpleName() + " " + entry.path())
          .containsExactly("Directory /", "File /.wh..wh..opq", "File /.wh.a");
    }
  }

  @Test
  void namesThatAreNotUtf8StayBytes() throws Exception {
    assumeTrue(
        sh("mkdir $'d-\\xff'; echo inner >$'d-\\xff/\\xff\\xfe'; ln -s $'\\xfe' $'\\xff'") == 0,
        "skipped: no bash, or the file system takes UTF-8 only");

    try (ImageSource source = open()) {
      Tree tree = tree(source);
      TreeInode directory = child(tree.root(), 'd', '-', 0xff);
      assertThat(content(child(directory, 0xff, 0xfe))).isEqualTo(RawTar.bytes("inner\n"));
      assertThat(child(tree.root(), 0xff).linkTarget())
          .isEqualTo(ByteName.of(new byte[] {(byte) 0xfe}));
    }
  }

  private static TreeInode child(TreeInode directory, int... name) {
    byte[] bytes = new byte[name.length];
    for (int i = 0; i < name.length; i++) {
      bytes[i] = (byte) name[i];
    }
    return Objects.requireNonNull(directory.children().get(ByteName.of(bytes)));
  }

  @Test
  void extendedAttributesOfUsersAreKept() throws IOException {
    Path file = Files.writeString(root.resolve("f"), "");
    try {
      var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
      view.write("binary", java.nio.ByteBuffer.wrap(new byte[] {0, -1, 10}));
      view.write("empty", java.nio.ByteBuffer.allocate(0));
    } catch (FileSystemException e) {
      assumeTrue(false, "skipped: the temporary folder's file system has no user xattrs");
    }

    try (ImageSource source = open()) {
      Map<ByteName, byte[]> xattrs = Layers.at(tree(source), "f").attributes().xattrs();
      assertThat(xattrs).hasSize(2).containsKey(ByteName.of("user.empty"));
      assertThat(xattrs.get(ByteName.of("user.binary"))).containsExactly(0, -1, 10);
    }
  }

  @Test
  void capabilitiesAclsAndDevicesOfRootAreKept() throws Exception {
    assumeTrue(isRoot(root), "skipped: needs root");
    assumeTrue(
        sh(
                """
                touch cap; chown 70000:4294967294 cap
                setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 cap
                setfattr -n trusted.overlay.opaque -v y cap
                mknod null c 1 3; mknod block b 4095 1048575; mkfifo fifo
                """)
            == 0,
        "skipped: no setfattr, or the file system takes no such attributes");

    try (ImageSource source = open()) {
      Tree tree = tree(source);
      TreeInode cap = Layers.at(tree, "cap");
      assertThat(cap.attributes().xattrs()).containsOnlyKeys(ByteName.of("security.capability"));
      assertThat(cap.attributes().xattrs().get(ByteName.of("security.capability")))
          .hasSize(20)
          .startsWith(1, 0, 0, 2, 0, 4);
      assertThat(cap.attributes().uid()).isEqualTo(70000);
      assertThat(Integer.toUnsignedLong(cap.attributes().gid())).isEqualTo(4294967294L);
      assertThat(Layers.at(tree, "null").type()).isEqualTo(FileType.CHARACTER_DEVICE);
      assertThat(Layers.at(tree, "null").deviceMinor()).isEqualTo(3);
      assertThat(Layers.at(tree, "block").deviceMajor()).isEqualTo(4095);
      assertThat(Layers.at(tree, "block").deviceMinor()).isEqualTo(1048575);
      assertThat(Layers.at(tree, "fifo").type()).isEqualTo(FileType.FIFO);
    }
    assertThat(notices).singleElement().asString().contains("trusted.overlay.opaque", "left out");
  }

  @Test
  void socketsAreNoticedAndLeftOut() throws IOException {
    try (var socket =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      socket.bind(java.net.UnixDomainSocketAddress.of(root.resolve("socket")));
      Files.writeString(root.resolve("file"), "");

      try (ImageSource source = open()) {
        assertThat(read(source).entries()).hasSize(2);
      }
    }
    assertThat(notices).singleElement().asString().contains("/socket is a socket", "left out");
  }

  @Test
  void whatIsMountedInItIsNoticedAndLeftOut() throws Exception {
    assumeTrue(isRoot(root), "skipped: needs root");
    assumeTrue(
        sh(
                "mkdir m b; echo x >b/hidden; mount -t tmpfs none m; touch m/inside; mount --bind b m2 || "
                    + "{ mkdir m2; mount --bind b m2; }")
            == 0,
        "skipped: cannot mount");
    try (ImageSource source = open()) {
      assertThat(read(source).entries())
          .extracting(entry -> entry.path().toString())
          .containsExactly("/", "/b", "/m", "/m2", "/b/hidden");
    } finally {
      assertThat(sh("umount m m2")).isZero();
    }
    assertThat(notices)
        .hasSize(2)
        .allSatisfy(notice -> assertThat(notice).contains("another file system", "left out"));
  }

  @Test
  void holesOfSparseFilesAreNotData() throws IOException {
    long size = 5L << 30;
    try (RandomAccessFile file = new RandomAccessFile(root.resolve("big").toFile(), "rw")) {
      file.setLength(size);
      file.seek(1 << 30);
      file.write(new byte[] {1, 2, 3});
      file.seek(size - 3);
      file.write(new byte[] {4, 5, 6});
    }

    try (ImageSource source = open()) {
      var content = Objects.requireNonNull(Layers.at(tree(source), "big").content());
      assertThat(content.size()).isEqualTo(size);
      assertThat(content.data().stored()).isBetween(6L, 10L << 20);
      byte[] stored = new byte[(int) content.data().stored()];
      content.read(0, stored, 0, stored.length);
      assertThat(stored).startsWith(1, 2, 3).endsWith(4, 5, 6);
      content
          .data()
          .parts(0, 1, (offset, position, length) -> assertThat(offset).isEqualTo(1 << 30));
    }
  }

  @Test
  void aFileThatChangesAfterItWasListedIsAnError() throws IOException {
    Path file = Files.writeString(root.resolve("f"), "before");
    try (ImageSource source = open()) {
      TreeInode listed = Layers.at(tree(source), "f");
      Files.writeString(file, "behind");
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
      assertChanged(listed);

      Files.delete(file);
      assertChanged(listed);

      Files.createSymbolicLink(file, Path.of("/etc/hostname"));
      assertChanged(listed);
    }
  }

  private static void assertChanged(TreeInode file) {
    assertThatThrownBy(() -> content(file))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContainingAll("/root/f changed while it was read", "export it again");
  }

  @Test
  void aFolderThatBecomesALinkLeadsNowhere() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.writeString(outside.resolve("f"), "secret");
    for (String name : List.of("d", "e")) {
      Files.writeString(Files.createDirectory(root.resolve(name)).resolve("f"), "public");
    }
    try (ImageSource source = open()) {
      Tree tree = tree(source);
      Files.move(root.resolve("d"), folder.resolve("moved"));
      Files.createSymbolicLink(root.resolve("d"), outside);

      assertThat(content(Layers.at(tree, "e/f"))).isEqualTo(RawTar.bytes("public"));
      assertThatThrownBy(() -> content(Layers.at(tree, "d/f")))
          .isInstanceOf(SwayException.class)
          .hasMessageContaining("/root/d changed while it was read");
    }
  }

  @Test
  void theSameFolderGivesTheSameListingAndAnotherAnother() throws IOException {
    Files.writeString(root.resolve("a"), "1");
    Files.writeString(root.resolve("b"), "2");
    Digest first;
    try (ImageSource source = open()) {
      first = read(source).diffId();
      assertThat(read(source).diffId()).isEqualTo(first);
    }
    Files.setLastModifiedTime(root.resolve("a"), FileTime.from(Instant.EPOCH));
    try (ImageSource source = open()) {
      assertThat(read(source).diffId()).isNotEqualTo(first);
      assertThat(read(source).entries())
          .hasSize(3)
          .first()
          .isInstanceOf(LayerEntry.Directory.class);
    }
  }

  @Test
  void whatIsNoFolderIsRefused() throws IOException {
    root = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.BAD_ARCHIVE))
        .hasMessageContaining("is not a folder");
    root = folder.resolve("absent");
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
  }

  @Test
  void deepFoldersNeedNoStackAndFewDescriptors() throws Exception {
    assumeTrue(
        sh("for i in {1..300}; do mkdir d; cd d; done; echo bottom >f") == 0, "skipped: no bash");
    try (ImageSource source = open()) {
      assertThat(read(source).entries()).hasSize(302);
    } finally {
      assertThat(sh("rm -rf d")).isZero();
    }
  }
}
