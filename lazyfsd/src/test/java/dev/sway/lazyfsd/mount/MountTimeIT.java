package dev.sway.lazyfsd.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.blobd.server.BlobdServer;
import dev.sway.blobd.server.ServeConfig;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.cache.CacheConfig;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.fuse.jnr.JnrTransport;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.source.SourceConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What it takes to mount an image whose index is on this machine; needs root and FUSE. With
/// `-Dsway.entries=1000000` it is the table in docs/performance.md.
class MountTimeIT {
  private static final int ENTRIES = Integer.getInteger("sway.entries", 20_000);
  private static final int MOUNTS = 15;

  @TempDir Path folder;

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
  }

  private TestImage.Built image() throws IOException {
    TestImage image = new TestImage(folder).file("/last", "here");
    for (int entry = 0; entry < ENTRIES; entry++) {
      String directory = "/d" + entry / 1000;
      if (entry % 1000 == 0) {
        image.directory(directory);
      }
      image.file(directory + "/file-" + entry, 0, List.of());
    }
    return image.build();
  }

  @Test
  void mountingReadsNoMoreOfALargeIndexThanOfASmallOne() throws Exception {
    TestImage.Built image = image();
    PrintStream quiet = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    try (BlobdServer blobd =
            BlobdServer.start(
                new Program("blobd", quiet, quiet, false),
                new ServeConfig(
                    folder.resolve("store"),
                    ListenAddress.parse("127.0.0.1:0"),
                    Optional.empty()));
        BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
      client.upload(image.reference().digest(), image.pack());
      client.upload(Digest.of(image.index()), image.index());
      client.upload(image.digest(), image.manifestBytes());
      SourceConfig sources =
          new SourceConfig(
              List.of(), List.of(), blobd.uri(), Optional.empty(), Duration.ofSeconds(10));
      mountOften("jnr", JnrTransport.load(), client, sources, image);
      mountOften("kernel", new KernelTransport(), client, sources, image);
    }
  }

  private void mountOften(
      String name,
      FuseTransport transport,
      BlobClient client,
      SourceConfig sources,
      TestImage.Built image)
      throws IOException {
    Path state = folder.resolve(name);
    CacheConfig cache = new CacheConfig(state.resolve("packs"), CacheLimits.NONE);
    Path point = Files.createDirectories(state.resolve("point"));
    long[] nanos = new long[MOUNTS];
    long read = 0;
    for (int mount = 0; mount < MOUNTS; mount++) {
      try (ImageMounter mounter =
          new ImageMounter(state, cache, client, sources, transport, Optional.empty())) {
        long before = readBytes();
        long began = System.nanoTime();
        try (MountedImage mounted = mounter.mount(MountKey.shared(image.digest()), point)) {
          nanos[mount] = System.nanoTime() - began;
          read = readBytes() - before;
          assertThat(mounted.point().resolve("last")).hasContent("here");
        }
      }
    }
    long index = image.manifest().index().contentSize();
    System.out.printf(
        "%s: %,d entries, index %.1f MB: first %.1f ms, then median %.1f ms, %d bytes read%n",
        name, ENTRIES, index / 1e6, nanos[0] / 1e6, median(nanos), read);
    assertThat(read).as("bytes read by the last mount").isLessThan(index / 4);
  }

  private static double median(long[] nanos) {
    long[] later = Arrays.copyOfRange(nanos, 1, nanos.length);
    Arrays.sort(later);
    return later[later.length / 2] / 1e6;
  }

  /// What this process has read by read(2) and the like so far.
  private static long readBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/io")).stream()
        .filter(line -> line.startsWith("rchar: "))
        .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
        .findFirst()
        .orElseThrow();
  }
}
