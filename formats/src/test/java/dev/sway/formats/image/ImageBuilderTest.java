package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.ImageArchives;
import dev.sway.formats.fixture.ImageArchives.StoredLayer;
import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.StoredImage;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.source.SourceReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
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
      return new ImageBuilder(work, BuildOptions.plain(threads), progress).build(source);
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

  private Manifest.Source sourceOfTar(byte[] tar) throws IOException {
    return buildTar(tar, 1).manifest().source();
  }

  @Test
  void aPlainTarIsIdentifiedByItsHeaders() throws IOException {
    byte[] tar = new RawTar().add(RawTar.header("f", '0'), RawTar.bytes("content")).end();
    Manifest manifest = buildTar(tar, 1).manifest();
    byte[] header = Arrays.copyOf(tar, 512);
    byte[] headers = Arrays.copyOf(header, 1024);

    assertThat(manifest.source()).isEqualTo(new Manifest.Source("tar", Digest.of(headers)));
    assertThat(manifest.statistics()).isEqualTo(new Manifest.Statistics(2, 1, 7));
    assertThat(sourceOfTar(StoredLayer.gzip(tar).stored())).isEqualTo(manifest.source());
    assertThat(sourceOfTar(new RawTar().file("f", "CONTENT").end())).isEqualTo(manifest.source());
    assertThat(sourceOfTar(new RawTar().file("f", "content ").end()))
        .isNotEqualTo(manifest.source());
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

  private KnownChunks known(BuiltImage base) throws IOException {
    KnownChunks known = new KnownChunks();
    Path plain = folder.resolve("base.mdb");
    Manifest.IndexBlob blob = base.manifest().index();
    Path compressed = Objects.requireNonNull(base.blobs().get(blob.digest()));
    Files.write(plain, ImageListing.indexFile(blob, Files.readAllBytes(compressed)));
    try (IndexReader index = IndexReader.open(plain)) {
      assertThat(known.add("base", base.manifest(), index)).isTrue();
    }
    return known;
  }

  private BuiltImage buildOn(BuiltImage base, byte[] tar) throws IOException {
    Path work = Files.createTempDirectory(folder, "work");
    Path file = Files.write(work.resolve("f.tar"), tar);
    try (var source =
        SourceReference.parse("tar:" + file).open(work, InputStream.nullInputStream())) {
      return new ImageBuilder(
              Files.createDirectory(work.resolve("image")),
              new BuildOptions(2, 3, known(base)),
              new Recorder())
          .build(source);
    }
  }

  private static RawTar files(int count, long seed) {
    RawTar tar = new RawTar();
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      tar.file("f%03d".formatted(i), Randomized.bytes(random, 300_000));
    }
    return tar;
  }

  @Test
  void onlyWhatChangedIsStoredAgain() throws IOException {
    byte[] news = Randomized.bytes(new Random(99), 200_000);
    BuiltImage base = buildTar(files(20, 1).end(), 2);
    byte[] tar = files(20, 1).file("new", news).end();
    BuiltImage next = buildOn(base, tar);

    assertThat(next.blobs()).hasSize(2);
    assertThat(next.manifest().packs()).hasSize(2).containsAll(base.manifest().packs());
    assertThat(next.report().newBytes()).isBetween(200_000L, 201_000L);
    assertThat(next.report().shared()).containsOnlyKeys("base");
    assertThat(next.report().largestNew())
        .containsExactly(new BuildReport.NewFile("/new", 200_000));
    Map<Digest, Path> all = new HashMap<>(base.blobs());
    all.putAll(next.blobs());
    BuiltImage complete = new BuiltImage(next.manifest(), all, next.report());
    assertThat(ImageListing.of(StoredImage.of(complete), folder))
        .isEqualTo(ImageListing.of(StoredImage.ofTar(tar, 1, folder), folder));
  }

  @Test
  void nothingNewNeedsNoPack() throws IOException {
    BuiltImage base = buildTar(files(3, 1).end(), 2);
    BuiltImage next = buildOn(base, files(3, 1).file("empty", "").end());

    assertThat(next.manifest().packs()).isEqualTo(base.manifest().packs());
    assertThat(next.blobs()).hasSize(1);
    assertThat(next.report().newBytes()).isZero();
  }

  @Test
  void aChunkIsKnownWithItsLengthOnly() throws IOException {
    BuiltImage base = buildTar(new RawTar().file("f", new byte[100]).end(), 1);
    ChunkId id = new ChunkId(Digest.of(new byte[100]));
    KnownChunks known = known(base);

    assertThat(known.find(id, 100)).isNotNull();
    assertThat(known.find(id, 99)).isNull();
  }

  @Test
  void packsThatAreMostlyOfOtherThingsAreNotShared() throws IOException {
    BuiltImage base = buildTar(files(20, 1).end(), 2);
    byte[] small = files(5, 1).end();
    BuiltImage next = buildOn(base, small);

    assertThat(next.manifestBytes()).isEqualTo(buildTar(small, 1).manifestBytes());
    assertThat(next.report().shared()).isEmpty();
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
      ImageBuilder builder = new ImageBuilder(work, BuildOptions.plain(2), new Recorder());
      assertThatThrownBy(() -> builder.build(source)).isInstanceOf(BadArchiveException.class);
    }
    assertThat(work).isEmptyDirectory();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("compress-"));
  }
}
