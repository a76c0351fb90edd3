package dev.sway.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.SilentProgress;
import dev.sway.formats.layer.LayerBlob;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.formats.source.ImageSource;
import dev.sway.formats.source.SourceReference;
import dev.sway.formats.source.SourceReference.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Builds that run out of disk or memory at any step.
class FullDiskTest {
  @TempDir private Path folder;

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private static void build(String transport, byte[] input, Path work) throws IOException {
    try (ImageSource source =
        SourceReference.parse(transport).open(work, new ByteArrayInputStream(input))) {
      new ImageBuilder(work, BuildOptions.plain(2), new SilentProgress()).build(source);
    }
  }

  @Test
  void aDiskThatFillsAtAnyTimeIsAStorageFault() throws Exception {
    RawTar tar = new RawTar().file("large", Randomized.bytes(new Random(1), 900_000));
    for (int i = 0; i < 2000; i++) {
      tar.file("d" + i % 20 + "/file" + i, "content " + i);
    }
    byte[] gzip = Layers.gzip(tar.end());
    Path small = Files.createDirectory(folder.resolve("small"));
    int built = 0;
    TreeSet<String> failures = new TreeSet<>();
    for (int kib = 200; kib < 12_000; kib += kib / 5) {
      assumeTrue(
          run("mount", "-t", "tmpfs", "-o", "size=" + kib + "k", "none", small.toString()),
          "skipped: a small file system cannot be mounted here");
      try {
        build("tar:-", gzip, small);
        built++;
      } catch (SwayException e) {
        assertThat(e.kind()).as("%d KiB: %s", kib, e).isEqualTo(FailureKind.STORAGE);
        assertThat(e.getMessage()).contains("TMPDIR").doesNotContain("\n");
        failures.add(e.getMessage().replaceAll("[0-9]+|archive[0-9]*.tar", ""));
      } finally {
        assertThat(run("umount", small.toString())).isTrue();
      }
    }
    assertThat(built).as("disks that were large enough").isBetween(1, 8);
    assertThat(failures).as("steps that ran out of room").hasSizeGreaterThan(3);
  }

  @Test
  void aBombForAWholeArchiveStopsBeforeTheDiskIsFull() throws Exception {
    byte[] bomb = Layers.zstd(new byte[64 << 20]);
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=8m", "none", small.toString()),
        "skipped: a small file system cannot be mounted here");
    try {
      Path file = Files.write(folder.resolve("bomb.tar.zst"), bomb);
      assertThatThrownBy(() -> build("docker-archive:" + file, new byte[0], small))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
          .hasMessageContaining("nine tenths");
      assertThat(Files.getFileStore(small).getUsableSpace()).isPositive();
    } finally {
      assertThat(run("umount", small.toString())).isTrue();
    }
  }

  /// Has more entries than there is memory for.
  private static final class Endless implements ImageSource {
    @Override
    public String transport() {
      return Transport.TAR.word();
    }

    @Override
    public RunConfig config() {
      throw new AssertionError("asked for the configuration of an image that is not built");
    }

    @Override
    public List<LayerBlob> layers() {
      throw new OutOfMemoryError("Java heap space");
    }

    @Override
    public Optional<dev.sway.formats.id.Digest> id() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  @Test
  void aTreeBeyondTheMemoryIsRefusedInOneLine() {
    assertThatThrownBy(() ->
            new ImageBuilder(folder, BuildOptions.plain(1), new SilentProgress())
                .build(new Endless()))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("-Xmx")
        .hasMessageContaining(Long.toString(Runtime.getRuntime().maxMemory() >> 20));
    assertThat(folder).isEmptyDirectory();
  }
}
