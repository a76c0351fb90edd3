package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Exports that are killed at random moments, one after another, against one blob server: whatever
/// it holds at any time is whole, what it names is complete, and the next export does the work and
/// clears away what the killed one left. `-Dsway.kills=N` kills more of them, at most some
/// hundreds.
@Timeout(7200)
final class InterruptedExportIT {
  private static final int KILLS = Integer.getInteger("sway.kills", 8);
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  @Test
  void killedExportsLeaveAWholeStoreAndNothingElse() throws Exception {
    Random random = new Random(7);
    try (Sway sway = new Sway(folder)) {
      sway.startBlobd();
      // Of the last export that was left alone.
      long usual = TimeUnit.MILLISECONDS.toNanos(300);
      Map<String, Digest> published = new TreeMap<>();
      int cutShort = 0;
      for (int round = 0; round <= KILLS; round++) {
        Path tar = archive(sway, round);
        if (round > 0) {
          long moment = (long) (usual * random.nextDouble());
          if (killedAfter(sway, tar, moment)) {
            cutShort++;
          }
          String where = "round %d, killed after %d ms".formatted(round, moment / 1_000_000);
          assertThat(names(sway)).as(where).containsAllEntriesOf(published);
          assertWhole(sway, where);
        }
        long started = System.nanoTime();
        sway.export("tar:" + tar, "app:" + round);
        usual = System.nanoTime() - started;
        published.put("app:" + round, names(sway).get("app:" + round));
        assertThat(published.get("app:" + round)).isNotNull();
        assertWhole(sway, "round " + round);
        assertThat(scratchFolders(sway)).isEmpty();
        Files.delete(tar);
      }
      System.out.printf("killed %d exports, %d of them before their end%n", KILLS, cutShort);
      assertThat(cutShort).isGreaterThan(KILLS / 3);
    }
  }

  /// A tree of which most is new in each round.
  private static Path archive(Sway sway, int round) throws IOException, InterruptedException {
    Path tree = Files.createDirectories(sway.images().resolve("tree" + round));
    TestImages.noise(tree.resolve("same"), 4 << 20, 1);
    TestImages.noise(tree.resolve("large"), 10 << 20, 100 + round);
    for (int i = 0; i < 150; i++) {
      TestImages.noise(tree.resolve("small" + i), 20_000, 1000L * round + i);
    }
    Path tar = TestImages.tar(tree, sway.images().resolve("app" + round + ".tar"));
    Shell.bash(sway.images(), "rm -r \"$1\"", tree);
    return tar;
  }

  /// Kills an export; tells whether it was still running.
  private static boolean killedAfter(Sway sway, Path tar, long nanos)
      throws IOException, InterruptedException {
    Child export = sway.startCtl("export", "--from", "tar:" + tar, "--name", "app:latest");
    boolean running;
    try {
      running = export.await(Duration.ofNanos(nanos)).exitCode() != 0;
    } catch (AssertionError e) {
      running = true;
    }
    export.kill();
    return running;
  }

  private static List<Path> scratchFolders(Sway sway) throws IOException {
    try (Stream<Path> files = Files.list(sway.folder().resolve("tmp"))) {
      return files.filter(file -> file.getFileName().toString().startsWith("sway-")).toList();
    }
  }

  /// What each name of the store stands for.
  private static Map<String, Digest> names(Sway sway) throws IOException {
    Map<String, Digest> names = new TreeMap<>();
    try (Stream<Path> files = Files.list(sway.store().resolve("names"))) {
      for (Path file : files.toList()) {
        JsonNode name = JSON.readTree(file.toFile());
        names.put(
            name.path("name").asText(), Digest.parse(name.path("manifest").asText()).orElseThrow());
      }
    }
    return names;
  }

  /// Every blob is what its name says, and every image has all its blobs, with everything in them.
  private static void assertWhole(Sway sway, String when) throws IOException {
    Set<Digest> blobs = new HashSet<>();
    try (Stream<Path> files = Files.walk(sway.store().resolve("blobs"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Digest digest = Digest.of(Files.readAllBytes(file));
        assertThat(file.getFileName()).as(when).hasToString(digest.hex());
        blobs.add(digest);
      }
    }
    for (Map.Entry<String, Digest> name : names(sway).entrySet()) {
      assertThat(blobs).as("%s: %s", when, name.getKey()).contains(name.getValue());
      Manifest manifest =
          ManifestReader.read(Files.readAllBytes(blob(sway, name.getValue())), name.getValue());
      assertThat(blobs).as("%s: %s", when, name.getKey()).containsAll(manifest.blobs());
      try (InputStream index =
          new ZstdInputStream(Files.newInputStream(blob(sway, manifest.index().digest())))) {
        assertThat(Digest.of(index.readAllBytes())).isEqualTo(manifest.index().contentDigest());
      }
    }
    Manifest last = null;
    for (Digest digest : names(sway).values()) {
      last = ManifestReader.read(Files.readAllBytes(blob(sway, digest)), digest);
    }
    if (last != null) {
      for (Manifest.PackBlob pack : last.packs()) {
        try (PackReader reader = PackReader.open(blob(sway, pack.digest()))) {
          for (PackEntry entry : reader.entries()) {
            reader.read(entry);
          }
        }
      }
    }
  }

  private static Path blob(Sway sway, Digest digest) {
    return sway.store()
        .resolve("blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }
}
