package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.ImageArchives;
import dev.sway.formats.fixture.ImageArchives.StoredLayer;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import dev.sway.formats.source.SourceReference;
import dev.sway.formats.tree.FileType;
import dev.sway.formats.tree.Tree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageBuilderTest {
  @TempDir private Path folder;

  /// Remembers what it is told.
  private static final class Recorder implements BuildProgress {
    private final List<String> phases = new ArrayList<>();
    private final Map<String, Long> totals = new HashMap<>();
    private final Map<String, Long> done = new HashMap<>();
    private final List<String> notices = new ArrayList<>();

    @Override
    public void phase(String name, long totalBytes) {
      phases.add(name);
      totals.put(name, totalBytes);
      done.put(name, 0L);
    }

    @Override
    public void advance(long bytes) {
      done.merge(phases.getLast(), bytes, Long::sum);
    }

    @Override
    public void notice(String text) {
      notices.add(text);
    }
  }

  private BuiltImage build(String reference, int threads, BuildProgress progress)
      throws IOException {
    Path work = Files.createTempDirectory(folder, "work");
    try (var source = SourceReference.parse(reference).open(work, InputStream.nullInputStream())) {
      return new ImageBuilder(work, threads, progress).build(source);
    }
  }

  private BuiltImage buildTar(byte[] tar, int threads) throws IOException {
    Path path = Files.createTempFile(folder, "rootfs", ".tar");
    Files.write(path, tar);
    return build("tar:" + path, threads, new Recorder());
  }

  private static void assertSameBlobs(BuiltImage a, BuiltImage b) throws IOException {
    assertThat(a.manifest().index()).isEqualTo(b.manifest().index());
    assertThat(a.manifest().packs()).isEqualTo(b.manifest().packs());
    assertThat(a.manifest().statistics()).isEqualTo(b.manifest().statistics());
    for (BuiltImage image : List.of(a, b)) {
      assertThat(image.blobs().keySet())
          .containsExactlyInAnyOrderElementsOf(new HashSet<>(image.manifest().blobs()));
      for (var blob : image.blobs().entrySet()) {
        assertThat(Digest.of(Files.readAllBytes(blob.getValue()))).isEqualTo(blob.getKey());
      }
    }
  }

  @Test
  void theNumberOfThreadsChangesNothing() throws IOException {
    RawTar tar = new RawTar();
    Random random = new Random(13);
    for (int i = 0; i < 400; i++) {
      tar.file("d" + i % 10 + "/f" + i, Randomized.bytes(random, random.nextInt(40_000)));
    }
    tar.file("large", Randomized.bytes(random, 9_000_000)).file("zeros", new byte[3_000_000]);
    byte[] bytes = tar.end();

    BuiltImage one = buildTar(bytes, 1);
    BuiltImage four = buildTar(bytes, 4);

    assertThat(four.manifestBytes()).isEqualTo(one.manifestBytes());
    assertSameBlobs(one, four);
  }

  @Test
  void theFormOfTheSourceChangesNothingButItsName() throws IOException {
    byte[] low = CommonsTar.pax().file("a", "1".repeat(100_000)).file("gone", "x").end();
    byte[] high = CommonsTar.pax().whiteout("gone").file("b", "2").end();
    List<StoredLayer> plain = List.of(StoredLayer.plain(low), StoredLayer.plain(high));
    List<StoredLayer> compressed = List.of(StoredLayer.gzip(low), StoredLayer.zstd(high));
    Path docker = Files.write(folder.resolve("docker.tar"), ImageArchives.docker(plain));
    Path layout =
        ImageArchives.folder(folder.resolve("oci"), ImageArchives.ociFiles("app", compressed));

    BuiltImage fromDocker = build("docker-archive:" + docker, 2, new Recorder());
    BuiltImage fromOci = build("oci:" + layout, 2, new Recorder());

    assertSameBlobs(fromDocker, fromOci);
    assertThat(fromOci.manifest().config()).isEqualTo(fromDocker.manifest().config());
    assertThat(fromOci.manifest().source().id()).isEqualTo(fromDocker.manifest().source().id());
    assertThat(fromOci.manifest().source().transport()).isEqualTo("oci");
    assertThat(fromDocker.manifest().source().transport()).isEqualTo("docker-archive");
  }

  @Test
  void aPlainTarIsIdentifiedByItsBytes() throws IOException {
    byte[] tar = CommonsTar.pax().file("f", "content").end();
    Manifest manifest = buildTar(tar, 1).manifest();

    assertThat(manifest.source()).isEqualTo(new Manifest.Source("tar", Digest.of(tar)));
    assertThat(manifest.statistics()).isEqualTo(new Manifest.Statistics(2, 1, 7));
  }

  @Test
  void anImageWithoutFilesHasNoPacks() throws IOException {
    BuiltImage image = buildTar(new byte[1024], 1);

    assertThat(image.manifest().packs()).isEmpty();
    assertThat(image.blobs()).hasSize(1);
    assertThat(ManifestReader.read(image.manifestBytes(), "test")).isEqualTo(image.manifest());
  }

  @Test
  void equalChunksAreStoredOnce() throws IOException {
    byte[] content = Randomized.bytes(new Random(14), 300_000);
    BuiltImage once = buildTar(new RawTar().file("a", content).end(), 2);
    BuiltImage twice = buildTar(new RawTar().file("a", content).file("b", content).end(), 2);

    assertThat(twice.manifest().packs()).isEqualTo(once.manifest().packs());
    assertThat(twice.manifest().statistics().fileBytes()).isEqualTo(600_000);
  }

  @Test
  void progressComesToItsTotal() throws IOException {
    Recorder recorder = new Recorder();
    Path tar =
        Files.write(
            folder.resolve("f.tar"),
            new RawTar()
                .file("f", new byte[200_000])
                .file("g", "x")
                .add(RawTar.header("socket", 's'))
                .end());
    build("tar:" + tar, 2, recorder);

    assertThat(recorder.phases).containsExactly("reading", "packing", "indexing");
    assertThat(recorder.done).isEqualTo(recorder.totals);
    assertThat(recorder.notices).hasSize(1);
  }

  @Test
  void aBadLayerLeavesNoThreadAndNoSpoolBehind() throws IOException {
    Path work = Files.createDirectory(folder.resolve("w"));
    Path tar = Files.write(folder.resolve("bad.tar"), new RawTar().file("../x", "").end());
    try (var source =
        SourceReference.parse("tar:" + tar).open(work, InputStream.nullInputStream())) {
      ImageBuilder builder = new ImageBuilder(work, 2, new Recorder());
      assertThatThrownBy(() -> builder.build(source)).isInstanceOf(BadArchiveException.class);
    }
    assertThat(work).isEmptyDirectory();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("compress-"));
  }

  @Test
  void everythingOfARandomTreeIsReadBack() {
    Randomized.forSeeds(
        200,
        random -> {
          RandomTree expected = RandomTree.of(random, 1 + random.nextInt(60));
          BuiltImage image = buildTar(expected.tar(), 1 + random.nextInt(3));
          try (Reader reader = new Reader(image, folder)) {
            reader.assertHolds(expected);
          }
          for (Path blob : image.blobs().values()) {
            Files.delete(blob);
          }
        });
  }

  /// Reads an image back with nothing but its manifest and blobs.
  private static final class Reader implements AutoCloseable {
    private final Path plain;
    private final IndexReader index;
    private final List<PackReader> packs = new ArrayList<>();
    private final Map<ChunkId, byte[]> chunks = new HashMap<>();

    Reader(BuiltImage image, Path folder) throws IOException {
      Manifest manifest = ManifestReader.read(image.manifestBytes(), "test");
      plain = Files.createTempFile(folder, "index", ".mdb");
      try (InputStream in =
          new ZstdInputStream(Files.newInputStream(blob(image, manifest.index().digest())))) {
        Files.write(plain, in.readAllBytes());
      }
      assertThat(Files.size(plain)).isEqualTo(manifest.index().contentSize());
      assertThat(Digest.of(Files.readAllBytes(plain))).isEqualTo(manifest.index().contentDigest());
      index = IndexReader.open(plain);
      for (Manifest.PackBlob pack : manifest.packs()) {
        PackReader reader = PackReader.open(blob(image, pack.digest()));
        packs.add(reader);
        for (PackEntry entry : reader.entries()) {
          chunks.put(entry.id(), reader.read(entry));
        }
      }
      assertThat(index.counts().packs()).isEqualTo(packs.size());
      assertThat(index.counts().entries()).isEqualTo(manifest.statistics().entries());
    }

    private static Path blob(BuiltImage image, Digest digest) {
      return Objects.requireNonNull(image.blobs().get(digest));
    }

    void assertHolds(RandomTree expected) throws IOException {
      Map<String, Long> found = new TreeMap<>();
      boolean complete =
          index.read(session -> {
            walk(session, Tree.ROOT, "", found);
            for (var node : expected.nodes().entrySet()) {
              long inode = Objects.requireNonNull(found.get(node.getKey()), node.getKey());
              assertNode(session, inode, node.getValue(), links(expected, node.getKey()));
            }
            return true;
          });
      assertThat(complete).isTrue();
      assertThat(found.keySet()).isEqualTo(expected.nodes().keySet());
      Set<Long> inodes = new TreeSet<>(found.values());
      assertThat(index.counts().inodes()).isEqualTo(inodes.size() + 1L);
    }

    private static int links(RandomTree tree, String path) {
      RandomTree.Node node = tree.nodes().get(path);
      if (node == null || node.type() != '5') {
        // Hard links have the same node, and no two nodes have the same content array.
        return Collections.frequency(tree.nodes().values(), node);
      }
      return 2
          + (int)
              tree.nodes().entrySet().stream()
                  .filter(other ->
                      other.getValue().type() == '5'
                          && other.getKey().startsWith(path + "/")
                          && other.getKey().indexOf('/', path.length() + 1) < 0)
                  .count();
    }

    private static void walk(
        IndexSession session, long directory, String path, Map<String, Long> found)
        throws IOException {
      Map<String, Long> below = new TreeMap<>();
      session.entries(
          directory,
          (name, inode, mode) -> {
            String child =
                path + new String(name.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
            found.put(child, inode);
            if (FileType.ofMode(mode).orElseThrow() == FileType.DIRECTORY) {
              below.put(child + "/", inode);
            }
            return true;
          });
      for (var child : below.entrySet()) {
        walk(session, child.getValue(), child.getKey(), found);
      }
    }

    private void assertNode(IndexSession session, long inode, RandomTree.Node node, int links)
        throws IOException {
      boolean sized = node.type() == '0' || node.type() == '2';
      assertThat(session.inode(inode))
          .isEqualTo(
              new InodeRecord(
                  inode,
                  type(node).bits() | node.mode(),
                  node.uid(),
                  node.gid(),
                  links,
                  sized ? node.content().length : 0,
                  node.seconds(),
                  node.nanos(),
                  node.major(),
                  node.minor(),
                  !node.xattrs().isEmpty()));
      assertThat(session.linkTarget(inode))
          .isEqualTo(node.type() == '2' ? ByteName.of(node.content()) : null);
      assertThat(session.xattrNames(inode)).hasSameSizeAs(node.xattrs().keySet());
      for (var xattr : node.xattrs().entrySet()) {
        assertThat(session.xattr(inode, ByteName.of(xattr.getKey()))).isEqualTo(xattr.getValue());
      }
      if (node.type() == '0') {
        assertThat(Arrays.equals(content(session, inode, node.content().length), node.content()))
            .isTrue();
      }
    }

    private byte[] content(IndexSession session, long inode, int size) throws IOException {
      byte[] content = new byte[size];
      long end = 0;
      for (Extent extent : session.extents(inode, 0, size)) {
        assertThat(extent.fileOffset()).isEqualTo(end);
        end += extent.length();
        ChunkLocation location = session.chunk(extent.chunk());
        byte[] chunk = Objects.requireNonNull(chunks.get(location.id()));
        assertThat(packs.get(location.pack()).entries())
            .contains(
                new PackEntry(
                    location.id(), location.offset(), location.stored(), location.length()));
        System.arraycopy(
            chunk, extent.chunkOffset(), content, (int) extent.fileOffset(), extent.length());
      }
      assertThat(end).isEqualTo(size);
      return content;
    }

    private static FileType type(RandomTree.Node node) {
      return switch (node.type()) {
        case '2' -> FileType.SYMLINK;
        case '3' -> FileType.CHARACTER_DEVICE;
        case '4' -> FileType.BLOCK_DEVICE;
        case '5' -> FileType.DIRECTORY;
        case '6' -> FileType.FIFO;
        default -> FileType.REGULAR;
      };
    }

    @Override
    public void close() throws IOException {
      index.close();
      for (PackReader pack : packs) {
        pack.close();
      }
      Files.delete(plain);
    }
  }
}
