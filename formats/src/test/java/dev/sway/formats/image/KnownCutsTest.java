package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.chunk.Cut;
import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexContent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexWriter;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.source.SourceReference;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownCutsTest {
  private static final BuildProgress SILENT =
      new BuildProgress() {
        @Override
        public void phase(String name, long totalBytes) {}

        @Override
        public void advance(long bytes) {}

        @Override
        public void notice(String text) {}
      };

  @TempDir private Path folder;

  private record File(byte[] content, long mtime) {}

  private static byte[] tar(SortedMap<String, File> files) {
    RawTar tar = new RawTar();
    files.forEach(
        (name, file) -> tar.add(RawTar.header(name, '0').mtime(file.mtime()), file.content()));
    return tar.end();
  }

  private BuiltImage build(byte[] tar, BuildOptions options) throws IOException {
    Path work = Files.createTempDirectory(folder, "work");
    Path file = Files.write(work.resolve("f.tar"), tar);
    try (var source =
        SourceReference.parse("tar:" + file).open(work, InputStream.nullInputStream())) {
      return new ImageBuilder(Files.createDirectory(work.resolve("image")), options, SILENT)
          .build(source);
    }
  }

  private IndexReader open(BuiltImage image) throws IOException {
    IndexBlob blob = image.manifest().index();
    Path compressed = Objects.requireNonNull(image.blobs().get(blob.digest()));
    Path plain = Files.createTempFile(folder, "index", ".mdb");
    return IndexReader.open(
        Files.write(plain, ImageListing.indexFile(blob, Files.readAllBytes(compressed))));
  }

  private KnownChunks known(BuiltImage base) throws IOException {
    KnownChunks known = new KnownChunks();
    try (IndexReader index = open(base)) {
      known.add("base", base.manifest(), index);
    }
    return known;
  }

  /// Which bytes of which chunks every file consists of, whichever packs the chunks are in.
  private List<String> cuts(BuiltImage image) throws IOException {
    try (IndexReader index = open(image)) {
      return index.read(session -> {
        List<String> cuts = new ArrayList<>();
        for (long inode = 1; inode <= index.counts().inodes(); inode++) {
          for (Extent extent : session.extentTable(inode)) {
            cuts.add(
                "%d: %d %s %d %d"
                    .formatted(
                        inode,
                        extent.fileOffset(),
                        session.chunk(extent.chunk()).id(),
                        extent.chunkOffset(),
                        extent.length()));
          }
        }
        return cuts;
      });
    }
  }

  private static SortedMap<String, File> randomFiles(Random random) {
    SortedMap<String, File> files = new TreeMap<>();
    for (int i = 0; i < 12; i++) {
      int size = random.nextInt(4) == 0 ? random.nextInt(60_000) : random.nextInt(2_500_000);
      byte[] content = Randomized.bytes(random, size);
      if (random.nextInt(4) == 0) {
        // No bytes that cut: chunks end at the greatest size.
        Arrays.fill(content, random.nextInt(size + 1), size, (byte) 0);
      }
      files.put("f" + i, new File(content, random.nextInt(3)));
    }
    return files;
  }

  private static void edit(Random random, SortedMap<String, File> files) {
    String name = "f" + random.nextInt(12);
    byte[] content = files.getOrDefault(name, new File(new byte[300_000], 0)).content().clone();
    int at = random.nextInt(content.length + 1);
    byte[] edited =
        switch (random.nextInt(5)) {
          case 0 -> Arrays.copyOf(content, at);
          case 1 -> Arrays.copyOf(content, content.length + at);
          case 2 -> Arrays.copyOfRange(content, at, content.length);
          case 3 -> files.sequencedValues().getLast().content();
          default -> {
            int length = random.nextInt(Math.min(2000, content.length - at) + 1);
            System.arraycopy(Randomized.bytes(random, length), 0, content, at, length);
            yield content;
          }
        };
    files.put(name, new File(edited, random.nextInt(3)));
  }

  @Test
  void whatAnEarlierImageProposesChangesNoCut() {
    Randomized.forSeeds(
        25,
        random -> {
          SortedMap<String, File> files = randomFiles(random);
          int threads = 1 + random.nextInt(3);
          KnownChunks known = known(build(tar(files), BuildOptions.plain(threads)));
          for (int edits = random.nextInt(4); edits >= 0; edits--) {
            edit(random, files);
          }
          byte[] edited = tar(files);
          assertThat(cuts(build(edited, new BuildOptions(threads, 3, known))))
              .isEqualTo(cuts(build(edited, BuildOptions.plain(threads))));
        });
  }

  @Test
  void oneKnownImageGivesTheSameBytesOnAnyNumberOfThreads() throws IOException {
    Random random = new Random(31);
    SortedMap<String, File> files = randomFiles(random);
    BuiltImage base = build(tar(files), BuildOptions.plain(2));
    edit(random, files);
    edit(random, files);

    BuiltImage one = build(tar(files), new BuildOptions(1, 3, known(base)));
    BuiltImage four = build(tar(files), new BuildOptions(4, 3, known(base)));

    assertThat(four.manifestBytes()).isEqualTo(one.manifestBytes());
  }

  @Test
  void aFileOfTheSameLengthAndTimeIsProposedWithItsOwnChunks() throws IOException {
    Random random = new Random(32);
    byte[] old = Randomized.bytes(random, 1_500_000);
    byte[] same = Randomized.bytes(random, 1_500_000);
    byte[] tar = tar(new TreeMap<>(Map.of("a", new File(old, 1), "b", new File(same, 2))));
    KnownCuts cuts = known(build(tar, BuildOptions.plain(2))).cuts();
    try (Layers layers = new Layers(folder)) {
      TreeInode file =
          Layers.at(layers.merge(tar(new TreeMap<>(Map.of("b", new File(same, 2))))), "b");
      List<Cut> proposed = cuts.of(file);

      assertThat(proposed).hasSizeGreaterThan(1);
      int at = 0;
      for (Cut cut : proposed) {
        assertThat(cut.id())
            .isEqualTo(new ChunkId(Digest.of(Arrays.copyOfRange(same, at, at + cut.length()))));
        at += cut.length();
      }
      assertThat(at).isEqualTo(same.length);
    }
  }

  /// What an index of a file of 300,000 bytes with these extents, in chunks of 200,000 and 100,000
  /// bytes, proposes for the same file.
  private List<Cut> proposed(int cutting, Extent... extents) throws IOException {
    try (Layers layers = new Layers(folder)) {
      Tree tree = layers.merge(new RawTar().file("f", new byte[300_000]).end());
      ChunkId id = new ChunkId(Digest.of(new byte[1]));
      List<ChunkLocation> chunks =
          List.of(
              new ChunkLocation(id, 0, 0, 10, 200_000), new ChunkLocation(id, 0, 10, 10, 100_000));
      TreeInode file = Layers.at(tree, "f");
      Path path = Files.createTempDirectory(folder, "index").resolve("index.mdb");
      new IndexWriter()
          .write(
              new IndexContent(
                  tree,
                  Map.of(file.number(), List.of(extents)),
                  chunks,
                  List.of(),
                  List.of(),
                  cutting),
              path);
      KnownCuts cuts = new KnownCuts();
      try (IndexReader index = IndexReader.open(path)) {
        assertThat(index.cutting()).isEqualTo(cutting);
        cuts.add(index, chunks, 100);
      }
      return cuts.of(file);
    }
  }

  @Test
  void onlyWholeChunksCutByTheSameRulesAreProposed() throws IOException {
    Extent first = new Extent(0, 0, 0, 200_000);
    Extent second = new Extent(200_000, 1, 0, 100_000);

    assertThat(proposed(ChunkFormat.CUTTING, first, second)).hasSize(2);
    assertThat(proposed(0, first, second)).isEmpty();
    assertThat(proposed(ChunkFormat.CUTTING + 1, first, second)).isEmpty();
    assertThat(proposed(ChunkFormat.CUTTING, first, new Extent(200_000, 2, 0, 100_000))).isEmpty();
    assertThat(proposed(ChunkFormat.CUTTING, first, new Extent(200_000, 0, 1, 100_000))).isEmpty();
    assertThat(proposed(ChunkFormat.CUTTING, first, new Extent(200_000, 1, 0, 100_001))).isEmpty();
    assertThat(
            proposed(
                ChunkFormat.CUTTING,
                new Extent(0, 0, 0, 50_000),
                new Extent(100_000, 0, 50_000, 150_000),
                second))
        .as("a hole within the first chunk")
        .hasSize(2);
  }
}
