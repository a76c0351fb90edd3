package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.IndexBytes;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.tree.FileType;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexTest {
  private static final byte[] NOT_UTF8 = {'n', (byte) 0xff, (byte) 0x80, 1};
  private static final String LONGEST = "n".repeat(255);

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

  private Tree everything() throws IOException {
    return layers.merge(
        new RawTar()
            .add(RawTar.header("./", '5').mode(0755))
            .add(RawTar.header("d/", '5').mode(02750).owner(1000, 1001).mtime(77))
            .pax(
                RawTar.record("SCHILY.xattr.security.capability", new byte[] {1, 0, 0, 2, -1}),
                RawTar.record("SCHILY.xattr.user.big", new byte[65536]),
                RawTar.record("SCHILY.xattr.user.empty", new byte[0]),
                RawTar.record("mtime", RawTar.bytes("-1.25")),
                RawTar.record("uid", RawTar.bytes("4294967295")))
            .add(RawTar.header("d/file", '0').mode(04755), RawTar.bytes("content"))
            .add(RawTar.header("d/hard", '1').link("d/file"))
            .add(RawTar.header("d/sym", '2').mode(0777).link("../else/where"))
            .add(RawTar.header(NOT_UTF8, '0'))
            .pax("path", LONGEST)
            .file("long", "x")
            .add(RawTar.header("sda", '4').octal(329, 8, 8).octal(337, 8, 17))
            .add(RawTar.header("tty", '3').octal(329, 8, 4).octal(337, 8, 64))
            .add(RawTar.header("pipe", '6'))
            .add(RawTar.header("empty/", '5'))
            .end());
  }

  private static ChunkLocation location(int ordinal) {
    return new ChunkLocation(
        new ChunkId(Digest.of(new byte[] {(byte) ordinal})), 0, ordinal * 100L, 100, 1000);
  }

  private Path write(String name, IndexContent content) throws IOException {
    Path path = folder.resolve(name);
    new IndexWriter().write(content, path);
    return path;
  }

  private Path write(Tree tree, Map<Long, List<Extent>> extents) throws IOException {
    PackReference pack = new PackReference(Digest.of(new byte[0]), 12345);
    return write(
        "index", new IndexContent(tree, extents, List.of(location(0), location(1)), List.of(pack)));
  }

  private interface Check {
    void on(IndexSession session) throws IOException;
  }

  private static void read(Path path, Check check) throws IOException {
    try (IndexReader reader = IndexReader.open(path)) {
      read(reader, check);
    }
  }

  private static void read(IndexReader reader, Check check) throws IOException {
    boolean done =
        reader.read(session -> {
          check.on(session);
          return true;
        });
    assertThat(done).isTrue();
  }

  private static InodeRecord inode(IndexSession session, long number) throws IOException {
    return Objects.requireNonNull(session.inode(number), "no inode " + number);
  }

  @Test
  void everyAttributeOfEveryInodeIsReadBack() throws IOException {
    Tree tree = everything();
    read(
        write(tree, Map.of()),
        session -> {
          for (TreeInode expected : tree.inodes()) {
            InodeRecord actual = inode(session, expected.number());
            var attributes = expected.attributes();
            assertThat(actual)
                .isEqualTo(
                    new InodeRecord(
                        expected.number(),
                        expected.type().bits() | attributes.permissions(),
                        attributes.uid(),
                        attributes.gid(),
                        expected.links(),
                        expected.size(),
                        attributes.mtimeSeconds(),
                        attributes.mtimeNanos(),
                        expected.deviceMajor(),
                        expected.deviceMinor(),
                        !attributes.xattrs().isEmpty()));
            assertThat(session.linkTarget(expected.number())).isEqualTo(expected.linkTarget());
            assertThat(session.xattrNames(expected.number()))
                .containsExactlyElementsOf(attributes.xattrs().keySet());
            for (var xattr : attributes.xattrs().entrySet()) {
              assertThat(session.xattr(expected.number(), xattr.getKey()))
                  .isEqualTo(xattr.getValue());
            }
          }
        });
  }

  @Test
  void everyNameIsFoundAndLeadsToItsInode() throws IOException {
    Tree tree = everything();
    read(
        write(tree, Map.of()),
        session -> {
          for (TreeInode directory : tree.inodes()) {
            List<ByteName> names = new ArrayList<>();
            session.entries(
                directory.number(),
                (name, inode, mode) -> {
                  names.add(name);
                  TreeInode child = Objects.requireNonNull(directory.children().get(name));
                  assertThat(inode).isEqualTo(child.number());
                  assertThat(FileType.ofMode(mode)).contains(child.type());
                  return true;
                });
            assertThat(names).containsExactlyElementsOf(directory.children().keySet());
            for (ByteName name : names) {
              assertThat(session.lookup(directory.number(), name))
                  .isEqualTo(Objects.requireNonNull(directory.children().get(name)).number());
            }
          }
          assertThat(session.lookup(Tree.ROOT, ByteName.of(NOT_UTF8))).isNotZero();
          assertThat(session.lookup(Tree.ROOT, ByteName.of(LONGEST))).isNotZero();
        });
  }

  @Test
  void absentThingsAreAbsent() throws IOException {
    Tree tree = everything();
    long file = Layers.at(tree, "d/file").number();
    read(
        write(tree, Map.of()),
        session -> {
          for (String name :
              List.of("", "absent", "n".repeat(254), "n".repeat(256), "d/file", "d\0")) {
            assertThat(session.lookup(Tree.ROOT, ByteName.of(name))).as(name).isZero();
          }
          for (long number : new long[] {0, -1, 999, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(session.inode(number)).isNull();
            assertThat(session.linkTarget(number)).isNull();
            assertThat(session.lookup(number, ByteName.of("d"))).isZero();
            assertThat(session.xattrNames(number)).isEmpty();
            assertThat(session.extents(number, 0, 100)).isEmpty();
            session.entries(
                number,
                (name, inode, mode) -> {
                  throw new AssertionError("an entry in inode " + number);
                });
          }
          for (String xattr : List.of("", "user.absent", "n".repeat(300))) {
            assertThat(session.xattr(file, ByteName.of(xattr))).isNull();
          }
          assertThat(session.linkTarget(file)).isNull();
          assertThatThrownBy(() -> session.chunk(2)).isInstanceOf(CorruptException.class);
          assertThatThrownBy(() -> session.pack(-1)).isInstanceOf(CorruptException.class);
        });
  }

  @Test
  void chunksAndPacksAreReadBack() throws IOException {
    Path path = write(everything(), Map.of());
    read(
        path,
        session -> {
          assertThat(session.chunk(0)).isEqualTo(location(0));
          assertThat(session.chunk(1)).isEqualTo(location(1));
          assertThat(session.pack(0)).isEqualTo(new PackReference(Digest.of(new byte[0]), 12345));
        });
    try (IndexReader reader = IndexReader.open(path)) {
      assertThat(reader.counts()).isEqualTo(new IndexReader.Counts(10, 11, 2, 1));
    }
  }

  private static Digest root(int ordinal) {
    return Digest.of(new byte[] {7, (byte) ordinal});
  }

  private Path writeWithRoots(int chunks) throws IOException {
    List<ChunkLocation> locations =
        IntStream.range(0, chunks).mapToObj(IndexTest::location).toList();
    List<Digest> roots = IntStream.range(0, chunks).mapToObj(IndexTest::root).toList();
    return write("roots", new IndexContent(everything(), Map.of(), locations, List.of(), roots, 1));
  }

  @Test
  void rootsOfBlocksAreReadBack() throws IOException {
    read(
        writeWithRoots(300),
        session -> {
          assertThat(session.chunks()).isEqualTo(300);
          for (int chunk = 0; chunk < 300; chunk++) {
            assertThat(session.blockRoot(chunk)).isEqualTo(root(chunk));
          }
          assertThat(session.blockRoot(300)).isNull();
          assertThat(session.blockRoot(-1)).isNull();
          assertThat(session.records().blockRoots()).isEqualTo(300);
        });
  }

  @Test
  void anIndexMayKnowNothingOfBlocks() throws IOException {
    Path without = write(everything(), Map.of());
    assertThat(new String(Files.readAllBytes(without), StandardCharsets.ISO_8859_1))
        .contains(IndexFormat.CHUNK)
        .doesNotContain(IndexFormat.BLOCK);
    read(
        without,
        session -> {
          assertThat(session.chunks()).isEqualTo(2);
          assertThat(session.blockRoot(0)).isNull();
          assertThat(session.blockRoot(2)).isNull();
          assertThat(session.records().blockRoots()).isZero();
        });
  }

  @Test
  void rootsAreThoseOfAllChunksOrOfNone() throws IOException {
    Tree tree = everything();
    List<ChunkLocation> chunks = List.of(location(0), location(1));
    for (int roots : new int[] {1, 3}) {
      assertThatThrownBy(() ->
              new IndexContent(
                  tree, Map.of(), chunks, List.of(), Collections.nCopies(roots, root(0)), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("%d roots of 2 chunks".formatted(roots));
    }
  }

  @Test
  void aRootOfAnotherLengthIsCorrupt() throws IOException {
    byte[] bytes = Files.readAllBytes(writeWithRoots(3));
    Path path = Files.write(folder.resolve("short"), IndexBytes.shortened(bytes, root(1).bytes()));
    read(
        path,
        session -> {
          assertThat(session.blockRoot(0)).isEqualTo(root(0));
          assertThatThrownBy(() -> session.blockRoot(1))
              .isInstanceOf(CorruptException.class)
              .hasMessageContaining("short: the block record of 1 has 31 bytes, not 32");
        });
  }

  @Test
  void aVisitorMayStopAndMayLookThingsUp() throws IOException {
    Tree tree = everything();
    read(
        write(tree, Map.of()),
        session -> {
          List<Long> sizes = new ArrayList<>();
          session.entries(
              Tree.ROOT,
              (name, inode, mode) -> {
                try {
                  sizes.add(inode(session, inode).size());
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                return sizes.size() < 2;
              });
          assertThat(sizes).hasSize(2);
        });
  }

  @Test
  void extentsAreFoundAtAndAroundEveryBoundary() throws IOException {
    Tree tree = layers.merge(new RawTar().file("f", "x").file("g", "y").end());
    long file = Layers.at(tree, "f").number();
    // 10 bytes, 10 bytes, a hole of 10, 1 byte, 5 bytes.
    List<Extent> all =
        List.of(
            new Extent(0, 0, 0, 10),
            new Extent(10, 1, 5, 10),
            new Extent(30, 0, 10, 1),
            new Extent(31, 1, 0, 5));
    read(
        write(tree, Map.of(file, all)),
        session -> {
          for (long offset = 0; offset < 40; offset++) {
            for (long length = 0; length < 45; length++) {
              long from = offset;
              long to = offset + length;
              assertThat(session.extents(file, offset, length))
                  .as("%d bytes at %d", length, offset)
                  .containsExactlyElementsOf(
                      all.stream()
                          .filter(extent ->
                              from < to
                                  && extent.fileOffset() < to
                                  && extent.fileOffset() + extent.length() > from)
                          .toList());
            }
          }
          assertThat(session.extents(file, 5, Long.MAX_VALUE)).hasSize(4);
          assertThat(session.extents(file, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
          assertThat(session.extents(file + 1, 0, 100)).isEmpty();
        });
  }

  @Test
  void filesOfManyExtentsAreReadBack() throws IOException {
    Tree tree = layers.merge(new RawTar().file("f", "x").end());
    long file = Layers.at(tree, "f").number();
    List<Extent> many = new ArrayList<>();
    for (int i = 0; i < 25_000; i++) {
      many.add(new Extent(i * 100L, i, i, 100));
    }
    read(
        write(tree, Map.of(file, many)),
        session -> {
          assertThat(session.extents(file, 0, Long.MAX_VALUE)).isEqualTo(many);
          assertThat(session.extents(file, 1_234_567, 1))
              .containsExactly(new Extent(1_234_500, 12345, 12345, 100));
          assertThat(session.extents(file, 2_499_999, 1)).containsExactly(many.getLast());
        });
  }

  @Test
  void largeDirectoriesAreReadInOrder() throws IOException {
    RawTar tar = new RawTar();
    Random random = new Random(11);
    for (int i = 0; i < 5000; i++) {
      tar.file("d/" + Long.toHexString(random.nextLong()), "");
    }
    Tree tree = layers.merge(tar.end());
    long directory = Layers.at(tree, "d").number();
    read(
        write(tree, Map.of()),
        session -> {
          List<ByteName> names = new ArrayList<>();
          List<Long> inodes = new ArrayList<>();
          session.entries(
              directory,
              (name, inode, mode) -> {
                inodes.add(inode);
                return names.add(name);
              });
          assertThat(names).hasSize(5000).isSorted();
          assertThat(inodes).isSorted();
        });
  }

  @Test
  void theSameTreeGivesTheSameBytes() throws IOException {
    Map<Long, List<Extent>> extents = new HashMap<>();
    RawTar tar = new RawTar();
    for (int i = 0; i < 3000; i++) {
      tar.pax("SCHILY.xattr.user.n", "v".repeat(i)).file("d" + i % 7 + "/" + i, "x");
      extents.put(i + 9L, List.of(new Extent(0, 0, 0, 1)));
    }
    byte[] bytes = tar.end();
    IndexContent content =
        new IndexContent(layers.merge(bytes), extents, List.of(location(0)), List.of());
    IndexContent again =
        new IndexContent(layers.merge(bytes), extents, List.of(location(0)), List.of());

    assertThat(Digest.of(Files.readAllBytes(write("b", again))))
        .isEqualTo(Digest.of(Files.readAllBytes(write("a", content))));
    assertThat(folder.resolve("a.building")).doesNotExist();
  }

  @Test
  void manyThreadsReadAtOnce() throws Exception {
    Tree tree = everything();
    long directory = Layers.at(tree, "d").number();
    try (IndexReader reader = IndexReader.open(write(tree, Map.of()));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        results.add(
            threads.submit(() -> {
              int found = 0;
              for (int i = 0; i < 2000; i++) {
                found +=
                    reader.read(session ->
                        session.lookup(directory, ByteName.of("sym")) != 0
                                && session.inode(directory) != null
                                && session.xattrNames(directory).isEmpty()
                            ? 1
                            : 0);
              }
              return found;
            }));
      }
      for (Future<Integer> result : results) {
        assertThat(result.get()).isEqualTo(2000);
      }
    }
  }

  @Test
  void closingWaitsForReadersAndRefusesLaterOnes() throws Exception {
    IndexReader reader = IndexReader.open(write(everything(), Map.of()));
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Long> slow =
          threads.submit(() ->
              reader.read(session -> {
                reading.countDown();
                awaitUninterruptibly(goOn);
                return session.lookup(Tree.ROOT, ByteName.of("d"));
              }));
      reading.await();
      Future<?> closing = threads.submit(reader::close);
      assertThat(closing.isDone()).isFalse();
      goOn.countDown();
      assertThat(slow.get()).isNotZero();
      closing.get();
    }
    assertThatThrownBy(() -> reader.read(session -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    reader.close();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void readersSurviveTheFailureOfTheirWork() throws IOException {
    try (IndexReader reader = IndexReader.open(write(everything(), Map.of()))) {
      for (int i = 0; i < 300; i++) {
        assertThatThrownBy(() ->
                reader.read(session -> {
                  throw new IOException("work failed");
                }))
            .hasMessage("work failed");
      }
      read(reader, session -> assertThat(session.inode(1)).isNotNull());
    }
  }

  @Test
  void filesThatAreNoIndexAreCorrupt() throws IOException {
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[1],
            new byte[8192],
            RawTar.bytes("text".repeat(10_000)),
            Randomized.bytes(new Random(12), 100_000))) {
      Path path = Files.write(folder.resolve("other"), bytes);
      assertThatThrownBy(() -> IndexReader.open(path))
          .as("%d bytes", bytes.length)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("other");
    }
  }

  @Test
  void aMissingIndexIsMissingNotCorrupt() {
    assertThatThrownBy(() -> IndexReader.open(folder.resolve("absent")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void anIndexCutShortIsCorrupt() throws IOException {
    byte[] whole = Files.readAllBytes(write(everything(), Map.of()));
    for (int length = 0; length < whole.length; length += 1024) {
      Path path = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> IndexReader.open(path))
          .as("cut to %d of %d bytes", length, whole.length)
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void otherVersionsAreToldFromDamage() throws IOException {
    byte[] whole = Files.readAllBytes(write(everything(), Map.of()));
    byte[] signature = RawTar.bytes("SWAYINDX");
    int at = 0;
    while (!Arrays.equals(whole, at, at + 8, signature, 0, 8)) {
      at++;
    }
    for (byte version : new byte[] {0, 2}) {
      whole[at + 8] = version;
      Path path = Files.write(folder.resolve("other"), whole);
      assertThatThrownBy(() -> IndexReader.open(path))
          .isInstanceOf(UnsupportedVersionException.class)
          .hasMessageContaining(version == 0 ? "too old" : "too new");
    }
    whole[at] = 'X';
    Path path = Files.write(folder.resolve("other"), whole);
    assertThatThrownBy(() -> IndexReader.open(path)).isInstanceOf(CorruptException.class);
  }
}
