package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damage on a disk is repaired where a good copy is left, and an error where none is: never wrong
/// bytes.
@Timeout(600)
final class CorruptionIT {
  private static ExportedImage app;

  @TempDir Path folder;
  private Sway sway;
  private byte[] noise;

  @BeforeAll
  static void export(@TempDir Path shared) throws IOException, InterruptedException {
    Requirements.runs();
    app = ExportedImage.app(shared, _ -> {});
  }

  @BeforeEach
  void start() throws IOException, InterruptedException {
    sway = app.in(folder).startBoth();
    noise = Files.readAllBytes(sway.images().resolve("tree/data/a"));
  }

  @AfterEach
  void stop() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  @Test
  void damagedPackInTheStoreFailsThatFileOnly() throws Exception {
    flipNoise(sway.store());
    Path point = folder.resolve("point");
    Child mount = sway.mount("app", point, "mount-state");
    Finished read = Shell.tryBash(point, "cat data/a | sha256sum");
    assertThat(read.exitCode()).isNotZero();
    assertThat(read.err()).contains("Input/output error");
    assertThat(mount.err().lines())
        .as("one line each")
        .allMatch(line -> line.startsWith("lazyfsd: "))
        .anyMatch(line -> line.contains("/data/a") && line.contains("damaged"));
    Shell.bash(point, "cat data/small bin/busybox >/dev/null; sha256sum data/b");
    Sway.end(mount);

    Finished run = sway.sh("app", "cat /data/a >/dev/null");
    String line = run.expect(125).err().lines().reduce((_, last) -> last).orElse("");
    assertThat(line).startsWith("swayctl: ").contains("pack sha256:");
    assertThat(run.err().lines().filter(text -> text.startsWith("swayctl: "))).hasSize(1);
    sway.sh("app", "cat /data/b /data/small >/dev/null").expect(0);

    flipNoise(sway.store());
    expectNoise(true);
  }

  @Test
  void flippedBytesInTheWorkersCacheAreFetchedAgain() throws Exception {
    expectNoise(true);
    stopWorkerAnd(() -> {
      // Else the run has it from the hot pack.
      each("profiles", ".hot", Files::delete);
      flipNoise(imagePack());
    });
    expectNoise(true);
    assertThat(sway.worker().err()).contains("fetched again");
    stopWorkerAnd(() -> {});
    expectNoise(false);
    assertThat(sway.worker().err()).isEmpty();
  }

  /// Every copy of the bytes is damaged: the image's chunk, and the hot pack's segment that runs
  /// prefer to it.
  @Test
  void flippedBytesInTheHotPackAreFetchedAgain() throws Exception {
    expectNoise(true);
    // Once blobd has the hot pack, the worker brings itself what it has not.
    sway.hotFiles();
    Path packs = sway.state().resolve("packs");
    for (int i = 0; i < 300 && noise(packs).size() < 2; i++) {
      Shell.bash(folder, "sleep 0.1");
    }
    assertThat(noise(packs)).hasSize(2).containsKey(imagePack());
    stopWorkerAnd(() -> {});
    expectNoise(false);
    stopWorkerAnd(() -> flipNoise(packs));
    expectNoise(true);
    assertThat(sway.worker().err()).contains("fetched again");
    stopWorkerAnd(() -> {});
    expectNoise(false);
    assertThat(sway.worker().err()).isEmpty();
  }

  @Test
  void truncatedCacheIsFetchedAgain() throws Exception {
    expectNoise(true);
    stopWorkerAnd(() -> each("packs", ".pack", file -> truncate(file, 2)));
    expectNoise(true);
    stopWorkerAnd(() -> each("packs", ".pack", file -> truncate(file, 1000)));
    expectNoise(true);
    stopWorkerAnd(() -> {});
    expectNoise(false);
  }

  @Test
  void listOfWhatIsCachedIsNotBelieved() throws Exception {
    expectNoise(true);
    stopWorkerAnd(() -> {
      each(
          "packs",
          ".frames",
          file -> {
            try (RandomAccessFile list = new RandomAccessFile(file.toFile(), "rw")) {
              list.seek(list.length());
              list.write(new byte[] {1, 2, 3});
            }
          });
      each("packs", ".pack", file -> Files.write(file, new byte[0]));
    });
    expectNoise(true);
    stopWorkerAnd(() -> each("packs", ".frames", Files::delete));
    expectNoise(true);
    stopWorkerAnd(() -> {});
    expectNoise(false);
  }

  @Test
  void damagedManifestAndIndexAreFetchedAgain() throws Exception {
    Path images = sway.state().resolve("images");
    expectNoise(true);
    List<Damage> damages =
        List.of(
            () -> flip(file(images, ".json"), 20),
            () -> truncate(file(images, ".json"), 2),
            () -> truncate(file(images, ".mdb"), 2),
            () -> zero(file(images, ".mdb"), 0, 8192),
            () -> zero(file(images, ".mdb"), 0, (int) Files.size(file(images, ".mdb"))));
    for (Damage damage : damages) {
      stopWorkerAnd(damage);
      expectNoise(false);
    }
  }

  @Test
  void damagedIndexNeverGivesWrongBytes() throws Exception {
    Path images = sway.state().resolve("images");
    expectNoise(true);
    Path index = file(images, ".mdb");
    int size = (int) Files.size(index);
    for (int page = 2; page < size / 4096; page += Math.max(1, size / 4096 / 3)) {
      int at = page * 4096;
      byte[] good = Files.readAllBytes(index);
      stopWorkerAnd(() -> zero(index, at, 4096));
      Finished run = sway.sh("app", "sha256sum /data/a");
      if (run.exitCode() == 0) {
        assertThat(run.out()).startsWith(Digest.of(noise).hex());
      } else {
        assertThat(run.err()).as(run.toString()).startsWith("swayctl: ").doesNotContain("internal");
      }
      sway.worker().terminate();
      sway.worker().await();
      Files.write(index, good);
      sway.startWorker();
    }
    expectNoise(false);
  }

  @Test
  void damagedManifestInTheStoreIsSaid() throws Exception {
    Path manifest;
    try (Stream<Path> blobs = Files.walk(sway.store().resolve("blobs"))) {
      manifest =
          blobs.filter(CorruptionIT::isManifest).findFirst().orElseThrow(AssertionError::new);
    }
    flip(manifest, 30);
    Messages.oneLine(
        sway.run("app", "true"), 125, "swayctl", manifest.getFileName().toString(), "damaged");
  }

  private static boolean isManifest(Path blob) {
    try {
      return Files.isRegularFile(blob)
          && Files.size(blob) < 100_000
          && Files.readString(blob, StandardCharsets.ISO_8859_1).startsWith("{");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Something that befalls files.
  @FunctionalInterface
  private interface Damage {
    void befall() throws IOException;
  }

  private void stopWorkerAnd(Damage damage) throws IOException, InterruptedException {
    Sway.end(sway.worker());
    damage.befall();
    sway.startWorker();
  }

  private void expectNoise(boolean fetches) throws IOException, InterruptedException {
    Sway.Measured run = sway.measuredSh("app", 0, "sha256sum /data/a");
    assertThat(run.finished().out()).startsWith(Digest.of(noise).hex());
    if (fetches) {
      assertThat(run.result().fetchedBytes()).isPositive();
    } else {
      assertThat(run.result().fetchedBytes()).isZero();
    }
  }

  /// Something that befalls one file.
  @FunctionalInterface
  private interface FileDamage {
    void befall(Path file) throws IOException;
  }

  /// Damages all files in a folder of the worker's state with this ending: of packs, the image's,
  /// and its hot pack where there is one already.
  private void each(String folder, String ending, FileDamage damage) throws IOException {
    try (Stream<Path> files = Files.list(sway.state().resolve(folder))) {
      for (Path file : files.filter(file -> file.toString().endsWith(ending)).toList()) {
        damage.befall(file);
      }
    }
  }

  /// Where the worker keeps what it has of the image's own pack.
  private Path imagePack() throws IOException {
    try (Stream<Path> files = Files.list(sway.state().resolve("packs"))) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".pack"))
              .filter(file -> {
                String digest = file.getFileName().toString().replace(".pack", "");
                return Files.exists(
                    sway.store()
                        .resolve("blobs/sha256")
                        .resolve(digest.substring(0, 2))
                        .resolve(digest));
              })
              .toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }

  /// Where bytes of `/data/a` are in each file below `below` that holds them uncompressed.
  private Map<Path, Integer> noise(Path below) throws IOException {
    byte[] wanted = Arrays.copyOfRange(noise, 1000, 1032);
    Map<Path, Integer> found = new HashMap<>();
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
          // Its first bytes may be flipped ones.
          if (bytes[i + 8] == wanted[8]
              && Arrays.equals(bytes, i + 8, i + wanted.length, wanted, 8, wanted.length)) {
            found.put(file, i);
          }
        }
      }
    }
    return found;
  }

  /// Flips a bit of `/data/a` in all files below `below` that hold it.
  private void flipNoise(Path below) throws IOException {
    Map<Path, Integer> found = noise(below);
    assertThat(found).as("files below %s that hold the bytes of /data/a", below).isNotEmpty();
    for (Map.Entry<Path, Integer> one : found.entrySet()) {
      flip(one.getKey(), one.getValue());
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int before = bytes.read();
      bytes.seek(at);
      bytes.write(before ^ 1);
    }
  }

  private static void zero(Path file, long at, int length) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      bytes.write(new byte[length]);
    }
  }

  private static void truncate(Path file, int divisor) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(bytes.length() / divisor);
    }
  }

  /// The one file with this ending.
  private static Path file(Path in, String ending) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(ending)).toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }
}
