package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.InProcessHolder;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.learn.Learning;
import dev.sway.lazyfsd.learn.RunLearning;
import dev.sway.lazyfsd.mount.MountKey;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.Urgency;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.ImageView;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import dev.sway.lazyfsd.walk.Walks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Requests that are refused once their profile is prefetched already. Mounts nothing, but needs
/// runc.
@Timeout(60)
class RefusedRunIT {
  private static final int FILES = 40;
  private static final int FILE_BYTES = 400_000;
  private static final List<String> COMMAND = List.of("/bin/none");

  @TempDir Path folder;
  private final InProcessHolder launcher = new InProcessHolder();
  private TestImage.Built image;
  private GatedSource source;
  private ChunkCache chunks;
  private PackServer blobd;
  private BlobClient client;
  private HolderClient holder;
  private Learning learning;
  private MountTable mounts;
  private RunService service;

  /// A source that gives nothing before its gate is opened.
  private static final class GatedSource implements PackSource {
    final FakeSource source;
    volatile CountDownLatch gate = new CountDownLatch(1);

    GatedSource(FakeSource source) {
      this.source = source;
    }

    @Override
    public <T> T fetch(
        PackReference pack,
        long offset,
        int length,
        Urgency urgency,
        FetchCounters counters,
        Check<T> check)
        throws IOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted before the gate", e);
      }
      return source.fetch(pack, offset, length, urgency, counters, check);
    }
  }

  @BeforeEach
  void open() throws IOException {
    Needs.runc();
    TestImage made = new TestImage(folder);
    for (String name : List.of("proc", "sys", "dev", "tmp", "run", "etc")) {
      made.directory("/" + name);
    }
    for (int i = 0; i < FILES; i++) {
      made.file("/f" + i, Randomized.bytes(new Random(i), FILE_BYTES));
    }
    image = made.build();
    source = new GatedSource(new FakeSource(image.pack()));
    chunks = new ChunkCache(new PackCache(folder.resolve("packs"), source), 64 << 20);
    Path state = Files.createDirectory(folder.resolve("state"));
    blobd = new PackServer(folder.resolve("store"));
    client = new BlobClient(blobd.uri(), Optional.empty());
    client.upload(Digest.of(image.index()), image.index());
    client.upload(image.digest(), image.manifestBytes());
    client.upload(image.reference().digest(), image.pack());
    client.publish(ImageName.parse("test"), image.digest());
    learning = Learning.open(state, client);
    mounts =
        new MountTable(
            Files.createDirectory(folder.resolve("mounts")), (_, point) -> mounted(point));
    holder = HolderClient.open(state, launcher);
    service =
        RunService.open(
            state,
            new ImageNames(folder.resolve("names"), client),
            mounts,
            holder,
            Duration.ofSeconds(1),
            learning);
  }

  @AfterEach
  void close() throws IOException {
    if (service != null) {
      source.gate.countDown();
      service.close();
      learning.close();
      mounts.close();
      holder.end();
      launcher.close();
      chunks.close();
      client.close();
      blobd.close();
    }
  }

  private MountedImage mounted(Path point) throws IOException {
    LocalImage local = new LocalImage(image.digest(), image.manifest(), image.open());
    FetchCounters counters = new FetchCounters();
    FuseMount fake =
        new FuseMount() {
          @Override
          public Path point() {
            return point;
          }

          @Override
          public void close() {
            // There is none.
          }
        };
    IndexedImage view = new IndexedImage(local.index(), chunks, counters, 0);
    return new MountedImage(
        MountKey.shared(image.digest()),
        local,
        view,
        counters,
        new AccessLog(),
        new MountPrefetches(
            chunks,
            local.index(),
            fake,
            counters,
            new HotPacks(local.index(), chunks, counters),
            new Neighbours(chunks, counters, new LinkEstimate()),
            new Guesses(local.index(), chunks, counters, () -> false),
            false),
        new Walks(view, fake.point()),
        fake,
        _ -> {});
  }

  /// Has the worker know that the command reads all files, by a run on a mount of its own.
  private void learn() throws IOException {
    try (MountedImage mount = mounted(folder.resolve("earlier"))) {
      RunLearning run =
          learning.begin(
              new RunLearning.Subject(
                  "earlier",
                  "test",
                  image.digest(),
                  CommandKey.ofCommand(COMMAND),
                  COMMAND,
                  Instant.EPOCH,
                  System.nanoTime(),
                  true),
              mount,
              PrefetchPolicy.OFF,
              Optional.empty());
      for (int i = 0; i < FILES; i++) {
        long inode = mount.view().lookup(ImageView.ROOT, ByteName.of("f" + i));
        long now = System.nanoTime();
        mount.log().served(Served.read(inode, 0, FILE_BYTES, 0, now, now, ServedFrom.SOURCE));
      }
      run.end(0, () -> {});
      assertThat(learning.trace("earlier")).isPresent();
    }
  }

  private static List<Thread> prefetching() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(RunRecording.AHEAD))
        .toList();
  }

  @Test
  void runThatIsRefusedHasNoMorePrefetched() throws Exception {
    learn();
    for (int attempt = 0; attempt < 2; attempt++) {
      source.gate = new CountDownLatch(1);
      RunRequest request =
          new RunRequest("test", new RunRequest.Command(COMMAND), List.of(), "/proc", "");
      assertThatThrownBy(() -> service.prepare(request))
          .isInstanceOf(SwayException.class)
          .hasMessageContaining("the working directory '/proc'");
      MountPrefetches prefetches =
          mounts.find(MountKey.shared(image.digest())).orElseThrow().prefetches();
      assertThat(prefetches.first(CommandKey.ofCommand(COMMAND)))
          .as("each attempt is the first one")
          .isTrue();
      prefetches.forget(CommandKey.ofCommand(COMMAND));
      source.gate.countDown();
      // Those that were begun before it was refused, if any.
      for (Thread thread : prefetching()) {
        thread.join();
      }
      assertThat(source.source.requests).as("those under way").hasSizeLessThan(FILES / 2);
    }
  }
}
