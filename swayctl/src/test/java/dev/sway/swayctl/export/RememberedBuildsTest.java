package dev.sway.swayctl.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.Manifest.Source;
import dev.sway.formats.manifest.Manifest.Statistics;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RememberedBuildsTest {
  private static final Digest EMPTY = Digest.of(new byte[0]);
  private static final Manifest MANIFEST =
      new Manifest(
          RunConfig.EMPTY,
          new IndexBlob(EMPTY, 1, EMPTY, 1),
          List.of(),
          new Source("tar", EMPTY),
          new Statistics(1, 0, 0));

  @TempDir Path state;

  @Test
  void oldestAreForgottenFirst() throws IOException {
    RememberedBuilds builds = new RememberedBuilds(state);
    BuildKey old = new BuildKey("old");
    builds.remember(old, MANIFEST);
    assertThat(builds.find(old)).contains(MANIFEST);
    Path folder = state.resolve("builds");
    try (Stream<Path> files = Files.list(folder)) {
      Files.setLastModifiedTime(files.findFirst().orElseThrow(), FileTime.fromMillis(1));
    }
    for (int i = 1; i < RememberedBuilds.MAX_ENTRIES; i++) {
      Files.writeString(folder.resolve("other" + i), "");
    }
    assertThat(builds.find(old)).contains(MANIFEST);
    BuildKey last = new BuildKey("last");
    builds.remember(last, MANIFEST);
    assertThat(builds.find(last)).contains(MANIFEST);
    assertThat(builds.find(old)).isEmpty();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(RememberedBuilds.MAX_ENTRIES);
    }
  }
}
