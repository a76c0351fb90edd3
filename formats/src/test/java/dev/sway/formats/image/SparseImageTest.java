package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.SilentProgress;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import dev.sway.formats.source.SourceReference;
import dev.sway.formats.tree.Tree;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sparse files as GNU tar itself writes them, from archive to image.
class SparseImageTest {
  private static final long SIZE = 5L << 30;
  private static final int BLOCK = 64 << 10;

  @TempDir private Path folder;

  /// What the file holds, by offset.
  private final Map<Long, byte[]> data = new TreeMap<>();

  @BeforeEach
  void makeFiles() throws IOException, InterruptedException {
    assumeTrue(run("tar", "--version") == 0, "skipped: there is no GNU tar to make archives with");
    Random random = new Random(5);
    // More ranges than the header of an old GNU entry holds, and than one block behind it.
    for (long i = 0; i < 60; i++) {
      data.put(i * 16 * BLOCK, Randomized.bytes(random, BLOCK));
    }
    data.put(SIZE - BLOCK, Randomized.bytes(random, BLOCK));
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("big").toFile(), "rw")) {
      file.setLength(SIZE);
      for (var part : data.entrySet()) {
        file.seek(part.getKey());
        file.write(part.getValue());
      }
    }
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("hole").toFile(), "rw")) {
      file.setLength(SIZE);
    }
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("small").toFile(), "rw")) {
      file.setLength(1 << 20);
      file.seek(500_000);
      file.write('x');
    }
  }

  private int run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return process.waitFor();
  }

  private BuiltImage build(Path archive) throws IOException {
    Path work = Files.createTempDirectory(folder, "work");
    BuildProgress silent =
        new SilentProgress() {
          @Override
          public void phase(String name, long totalBytes) {
            assertThat(totalBytes).isLessThan(64 << 20);
          }
        };
    try (var source =
        SourceReference.parse("tar:" + archive).open(work, InputStream.nullInputStream())) {
      return new ImageBuilder(work, BuildOptions.plain(2), silent).build(source);
    }
  }

  @Test
  void everyFormThatGnuTarWritesGivesTheSameImage() throws IOException, InterruptedException {
    List<Manifest> manifests = new ArrayList<>();
    for (List<String> form :
        List.of(
            List.of("--format=gnu"),
            List.of("--format=pax", "--sparse-version=0.0"),
            List.of("--format=pax", "--sparse-version=0.1"),
            List.of("--format=pax", "--sparse-version=1.0"))) {
      Path archive = folder.resolve("archive.tar");
      List<String> command = new ArrayList<>(List.of("tar", "--sparse", "--mtime=@1600000000"));
      command.addAll(form);
      command.addAll(List.of("-cf", archive.toString(), "big", "hole", "small"));
      assertThat(run(command.toArray(String[]::new))).isZero();
      assertThat(Files.size(archive)).as(form.toString()).isLessThan(8 << 20);

      BuiltImage image = build(archive);
      assertHolds(image);
      manifests.add(image.manifest());

      assertThat(run("gzip", "-f", archive.toString())).isZero();
      manifests.add(build(folder.resolve("archive.tar.gz")).manifest());
    }
    assertThat(manifests).extracting(Manifest::index).containsOnly(manifests.getFirst().index());
    assertThat(manifests).extracting(Manifest::packs).containsOnly(manifests.getFirst().packs());
  }

  private void assertHolds(BuiltImage image) throws IOException {
    assertThat(image.manifest().statistics().fileBytes()).isEqualTo(2 * SIZE + (1 << 20));
    assertThat(image.manifest().packs())
        .singleElement()
        .satisfies(pack -> assertThat(pack.contentSize()).isEqualTo(61L * BLOCK + 4096));
    Map<ChunkId, byte[]> chunks = new HashMap<>();
    Path packFile =
        Objects.requireNonNull(image.blobs().get(image.manifest().packs().getFirst().digest()));
    Path plain = folder.resolve("index.mdb");
    try (InputStream in =
        new ZstdInputStream(
            Files.newInputStream(
                Objects.requireNonNull(image.blobs().get(image.manifest().index().digest()))))) {
      Files.write(plain, in.readAllBytes());
    }
    try (PackReader pack = PackReader.open(packFile);
        IndexReader index = IndexReader.open(plain)) {
      for (PackEntry entry : pack.entries()) {
        chunks.put(entry.id(), pack.read(entry));
      }
      boolean checked =
          index.read(session -> {
            Map<String, Long> inodes = new HashMap<>();
            session.entries(
                Tree.ROOT,
                (name, inode, mode) -> {
                  inodes.put(ByteName.of(name.bytes()).toString(), inode);
                  return true;
                });
            long hole = Objects.requireNonNull(inodes.get("hole"));
            assertThat(Objects.requireNonNull(session.inode(hole)).size()).isEqualTo(SIZE);
            assertThat(session.extents(hole, 0, SIZE)).isEmpty();
            long big = Objects.requireNonNull(inodes.get("big"));
            assertThat(Objects.requireNonNull(session.inode(big)).size()).isEqualTo(SIZE);
            long covered = 0;
            for (Extent extent : session.extents(big, 0, SIZE)) {
              byte[] chunk = Objects.requireNonNull(chunks.get(session.chunk(extent.chunk()).id()));
              long start = extent.fileOffset() / BLOCK * BLOCK;
              byte[] expected = Objects.requireNonNull(data.get(start));
              int within = (int) (extent.fileOffset() - start);
              assertThat(
                      Arrays.equals(
                          expected,
                          within,
                          within + extent.length(),
                          chunk,
                          extent.chunkOffset(),
                          extent.chunkOffset() + extent.length()))
                  .isTrue();
              covered += extent.length();
            }
            assertThat(covered).isEqualTo(61L * BLOCK);
            return true;
          });
      assertThat(checked).isTrue();
    }
  }
}
