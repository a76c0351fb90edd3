package dev.sway.lazyfsd.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.fixture.HostPrograms;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Worker;
import dev.sway.lazyfsd.fuse.jnr.JnrTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cache below real mounts; needs root, FUSE and runc.
class CacheIT {
  /// More than stays decoded in memory, so that reads come to the disk.
  private static final int FILES = 320;

  private static final int FILE_BYTES = 400_000;
  private static final RunRequest TRUE =
      new RunRequest(
          "app", new RunRequest.Command(List.of("/bin/cat", "/name")), List.of(), "", "");

  @TempDir Path folder;

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
    Needs.runc();
  }

  private static byte[] content(int file) {
    return Randomized.bytes(new Random(file), FILE_BYTES);
  }

  private Worker open(CacheLimits limits) throws Exception {
    return open(limits, Optional.empty());
  }

  private Worker open(CacheLimits limits, Optional<Duration> fill) throws Exception {
    TestImage image = HostPrograms.into(new TestImage(folder), "cat").file("/name", "the image");
    for (int file = 0; file < FILES; file++) {
      image.file("/f" + file, content(file));
    }
    Worker worker = new Worker(folder, JnrTransport.load(), Optional.empty(), limits, fill);
    worker.publish("app", image.build());
    return worker;
  }

  private static String run(Worker worker) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.run(TRUE, new RunClient.Sink(out, out)).exitCode())
          .as(out.toString(StandardCharsets.UTF_8))
          .isZero();
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static void await(Callable<Boolean> wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!wanted.call()) {
      assertThat(System.nanoTime()).as("a minute has passed").isLessThan(deadline);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static Path mount(Worker worker) throws IOException {
    try (Stream<Path> points = Files.list(worker.state().resolve("mounts"))) {
      return points.findFirst().orElseThrow();
    }
  }

  /// Has the kernel forget what it has of a file, so that the next read comes to the worker.
  private static void dropPages(Path file) throws IOException, InterruptedException {
    Process dd =
        new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(dd.waitFor()).isZero();
  }

  @Test
  void readersOfAMountSeeTheirBytesWhileTheyAreEvicted() throws Exception {
    CacheLimits limits = new CacheLimits(40 << 20, 0);
    try (Worker worker = open(limits);
        CacheClient cache = new CacheClient(worker.uri(), Optional.empty())) {
      assertThat(run(worker)).isEqualTo("the image");
      Path mount = mount(worker);
      Random random = new Random(11);
      for (int read = 0; read < 2 * FILES; read++) {
        int file = random.nextInt(FILES);
        Path path = mount.resolve("f" + file);
        assertThat(Files.readAllBytes(path)).isEqualTo(content(file));
        dropPages(path);
        if (read % 200 == 150) {
          cache.evict("");
        }
      }
      CacheStatus status = cache.status();
      assertThat(status.allocatedBytes()).isLessThanOrEqualTo(limits.maxBytes() + limits.slack());
      assertThat(status.evictedBytes()).isGreaterThan(limits.maxBytes());
      assertThat(worker.log()).as("an eviction is no damage").doesNotContain("damaged");
      assertThat(run(worker)).isEqualTo("the image");
    }
  }

  @Test
  void theRestOfAnImageIsFetchedBehindItsFirstRun() throws Exception {
    try (Worker worker = open(CacheLimits.NONE, Optional.of(Duration.ofMillis(100)));
        CacheClient cache = new CacheClient(worker.uri(), Optional.empty())) {
      assertThat(run(worker)).isEqualTo("the image");
      await(() -> cache.status().chunkBytes() >= (long) FILES * FILE_BYTES);
      worker.endBlobd();
      for (int file = 0; file < FILES; file++) {
        assertThat(Files.readAllBytes(mount(worker).resolve("f" + file))).isEqualTo(content(file));
      }
    }
  }

  @Test
  void imagesThatDoNotFitAreLeftAlone() throws Exception {
    try (Worker worker =
            open(new CacheLimits(FILES * FILE_BYTES / 2, 0), Optional.of(Duration.ZERO));
        CacheClient cache = new CacheClient(worker.uri(), Optional.empty())) {
      assertThat(run(worker)).isEqualTo("the image");
      await(() -> worker.log().contains("others would have to leave the cache"));
      assertThat(cache.status().chunkBytes()).isLessThan(FILES * FILE_BYTES / 4L);
      assertThat(cache.status().evictedBytes()).isZero();
    }
  }

  @Test
  void promotedImageRunsByItsNameAfterARestartWithoutBlobd() throws Exception {
    try (Worker worker = open(CacheLimits.NONE)) {
      try (CacheClient cache = new CacheClient(worker.uri(), Optional.empty())) {
        cache.promote("app", _ -> {});
      }
      worker.endBlobd();
      worker.restartServer();
      assertThat(run(worker)).isEqualTo("the image");
      for (int file = 0; file < FILES; file++) {
        assertThat(Files.readAllBytes(mount(worker).resolve("f" + file))).isEqualTo(content(file));
      }
    }
  }

  @Test
  void imageThatRanRunsByItsNameAfterARestartWithoutBlobd() throws Exception {
    try (Worker worker = open(CacheLimits.NONE)) {
      assertThat(run(worker)).isEqualTo("the image");
      worker.endBlobd();
      worker.restartServer();
      assertThat(run(worker)).isEqualTo("the image");
    }
  }
}
