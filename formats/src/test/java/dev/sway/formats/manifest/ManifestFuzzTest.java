package dev.sway.formats.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.id.Digest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Damaged manifests: what is read of one is exactly what its bytes say, or it is refused.
class ManifestFuzzTest {
  private static final long MAX_ALLOCATION = 16 << 20;

  private static List<byte[]> manifests() {
    Digest digest = Digest.of(new byte[0]);
    Manifest.PackBlob pack = new Manifest.PackBlob(digest, 1000, 3, 2000);
    RunConfig config =
        new RunConfig(
            "amd64",
            "linux",
            "1000:1000",
            "/app",
            List.of("PATH=/bin", "ODD=\"\\\u00e9\n"),
            List.of("python3"),
            List.of("app.py"),
            Map.of("a", "1"),
            "SIGINT");
    Manifest.IndexBlob index = new Manifest.IndexBlob(digest, 10, digest, 4096);
    Manifest.Source source = new Manifest.Source("oci", digest);
    Manifest.Statistics statistics = new Manifest.Statistics(5, 2, 2020);
    return List.of(
        ManifestWriter.write(new Manifest(config, index, List.of(), source, statistics)),
        ManifestWriter.write(new Manifest(config, index, List.of(pack, pack), source, statistics)),
        "[[[[[[[[[[[[[[[[[[[[{\"a\":1e999999999,\"b\":\"\\ud800\\u0000\",\"c\":nullfalse"
            .getBytes(UTF_8));
  }

  @Test
  void damagedManifestsAreReadRightOrRefused() {
    List<byte[]> manifests = manifests();
    int[] read = {0};
    try (Bounded bounded = new Bounded(MAX_ALLOCATION)) {
      Randomized.forSeeds(
          Mutator.RUNS,
          random -> {
            byte[] damaged = new Mutator(random, manifests).next();
            try {
              Manifest manifest = bounded.run(() -> ManifestReader.read(damaged, "fuzz"));
              assertThat(ManifestWriter.write(manifest)).isEqualTo(damaged);
              read[0]++;
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).startsWith("manifest fuzz: ").doesNotContain("\n");
            }
          });
    }
    assertThat(read[0]).as("manifests that were read").isBetween(1, Mutator.RUNS - 1);
  }
}
