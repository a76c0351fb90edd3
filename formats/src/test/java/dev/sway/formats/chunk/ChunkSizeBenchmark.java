package dev.sway.formats.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.SilentProgress;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.BuildOptions;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.image.KnownChunks;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.layer.ContentFile;
import dev.sway.formats.layer.LayerBlob;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.formats.read.Extents;
import dev.sway.formats.read.PathLookup;
import dev.sway.formats.read.TreeEntry;
import dev.sway.formats.source.ImageSource;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the sizes of [ChunkFormat] make of real images: a row of the table in
/// `docs/design/0007-chunk-sizes-and-level.md`. `testapps/bench-chunks` runs it with other sizes.
///
/// `-Dsway.base` and `-Dsway.image` name the tars of two images of the same distribution,
/// `-Dsway.opened` a file with the paths that a run of the second opens, a line each.
class ChunkSizeBenchmark {
  private static final int THREADS = 2;

  @TempDir private Path folder;

  /// Tars, one above the other.
  private record Tars(List<ContentFile> files) implements ImageSource {
    static Tars open(Path... tars) throws IOException {
      List<ContentFile> files = new ArrayList<>();
      for (Path tar : tars) {
        files.add(ContentFile.open(tar));
      }
      return new Tars(files);
    }

    @Override
    public String transport() {
      return "tar";
    }

    @Override
    public RunConfig config() {
      return RunConfig.EMPTY;
    }

    @Override
    public List<LayerBlob> layers() {
      return files.stream().map(Tars::layer).toList();
    }

    private static LayerBlob layer(ContentFile file) {
      try {
        return new LayerBlob(
            file.path().toString(), file, 0, file.size(), Optional.empty(), Optional.empty());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Optional<Digest> id() {
      return Optional.empty();
    }

    @Override
    public void close() throws IOException {
      for (ContentFile file : files) {
        file.close();
      }
    }
  }

  /// An image and the index in its folder.
  private record Built(BuiltImage image, Path index, double cpuSeconds) {}

  private Built build(String name, KnownChunks known, Path... tars) throws Exception {
    Path work = Files.createDirectory(folder.resolve(name));
    try (Tars source = Tars.open(tars)) {
      double before = cpuSeconds();
      BuildOptions options = new BuildOptions(THREADS, ChunkEncoder.DEFAULT_LEVEL, known);
      BuiltImage image = new ImageBuilder(work, options, new SilentProgress()).build(source);
      return new Built(image, work.resolve("index.mdb"), cpuSeconds() - before);
    }
  }

  /// What all threads of this JVM have used; an attribute of HotSpot's operating system bean.
  private static double cpuSeconds() throws JMException {
    return (Long)
            ManagementFactory.getPlatformMBeanServer()
                .getAttribute(
                    new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME),
                    "ProcessCpuTime")
        / 1e9;
  }

  private static Map<ChunkId, ChunkLocation> chunks(IndexReader index) throws IOException {
    int count = index.counts().chunks();
    return index.read(session -> {
      Map<ChunkId, ChunkLocation> chunks = new HashMap<>();
      for (int i = 0; i < count; i++) {
        ChunkLocation chunk = session.chunk(i);
        chunks.put(chunk.id(), chunk);
      }
      return chunks;
    });
  }

  private static long stored(Map<ChunkId, ChunkLocation> chunks) {
    return chunks.values().stream().mapToLong(ChunkLocation::stored).sum();
  }

  /// What a run that opens `paths` reads.
  ///
  /// @param files bytes of these files
  /// @param fetched bytes of their chunks as they are stored
  /// @param content bytes of their chunks, decompressed
  private record Reads(long files, long fetched, long content) {}

  private static Reads reads(IndexReader index, List<String> paths) throws IOException {
    PathLookup lookup = new PathLookup(index);
    Set<Long> inodes = new HashSet<>();
    Set<Integer> chunks = new HashSet<>();
    long files = 0;
    for (String path : paths) {
      Optional<TreeEntry> entry = lookup.find(path);
      if (entry.isPresent()
          && entry.get().type() == FileType.REGULAR
          && inodes.add(entry.get().inode().number())) {
        files += entry.get().inode().size();
        Extents.each(index, entry.get().inode(), extent -> chunks.add(extent.chunk()));
      }
    }
    assertThat(inodes.size()).as("files of the image that are opened").isGreaterThan(100);
    long fetched = 0;
    long content = 0;
    for (int chunk : chunks) {
      ChunkLocation location = index.read(session -> session.chunk(chunk));
      fetched += location.stored();
      content += location.length();
    }
    return new Reads(files, fetched, content);
  }

  private static Path property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException("-D" + name + " is not set; see the class's comment");
    }
    return Path.of(value);
  }

  @Test
  void measure() throws Exception {
    Path tar = property("sway.image");
    List<String> opened = Files.readAllLines(property("sway.opened"));
    Built base = build("base", new KnownChunks(), property("sway.base"));
    Built built = build("image", new KnownChunks(), tar);
    KnownChunks known = new KnownChunks();
    try (IndexReader baseIndex = IndexReader.open(base.index());
        IndexReader index = IndexReader.open(built.index())) {
      Map<ChunkId, ChunkLocation> all = chunks(index);
      Map<ChunkId, ChunkLocation> shared = new HashMap<>(all);
      shared.keySet().retainAll(chunks(baseIndex).keySet());
      known.add("image", built.image().manifest(), index);
      Path motd = Files.write(folder.resolve("motd.tar"), new RawTar().file("etc/motd", "x").end());
      Built changed = build("changed", known, tar, motd);
      assertThat(changed.image().report().newBytes()).isPositive();
      Reads reads = reads(index, opened);
      System.out.println(
          String.format(
              Locale.ROOT,
              "| %d / %d | %d / %d | %,d | %,d | %.1f s | %.1f MB (%.1f %%) | %.2f MB | %.1f of %.1f MB (%.2f) | %.2f |",
              ChunkFormat.MIN_CUT >> 10,
              ChunkFormat.TARGET_CUT >> 10,
              ChunkFormat.MIN_BUNDLE >> 10,
              ChunkFormat.MAX_BUNDLE >> 10,
              all.size(),
              size(built.image().manifest()),
              built.cpuSeconds(),
              stored(shared) / 1e6,
              100.0 * stored(shared) / stored(all),
              changed.image().report().newBytes() / 1e6,
              reads.fetched() / 1e6,
              reads.files() / 1e6,
              (double) reads.fetched() / reads.files(),
              (double) reads.content() / reads.files()));
    }
  }

  private static long size(Manifest manifest) {
    return manifest.index().size()
        + manifest.packs().stream().mapToLong(Manifest.PackBlob::size).sum();
  }
}
