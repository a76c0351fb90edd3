package dev.sway.blobd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.FetchedFile;
import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.hot.HotPiece;
import dev.sway.formats.hot.HotSegment;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.CommandKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real blobd process that is killed while hot packs are stored, one in place of the other.
@Timeout(120)
final class HotKillIT {
  private static final byte[] MANIFEST = Fixture.manifest(Fixture.content(1000));
  private static final Digest IMAGE = Digest.of(MANIFEST);
  private static final CommandKey KEY = Fixture.key(1);
  private static final int SEGMENTS = 20_000;
  private static final int FRAME = 20;
  private static final int KILLS = 6;
  private static final Duration AGE = Duration.ofHours(2);
  private static final long SEED = 20_261_128;

  @TempDir Path directory;
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger acknowledged = new AtomicInteger();

  /// The bytes of the hot pack `number`, whose size tells it from the others.
  private static byte[] pack(int number) {
    return Fixture.content(SEGMENTS * FRAME + number);
  }

  /// A long map of it.
  private static HotMap map(int number) {
    byte[] pack = pack(number);
    ChunkId id = new ChunkId(Digest.of(pack));
    List<HotSegment> segments =
        IntStream.range(0, SEGMENTS)
            .mapToObj(i ->
                new HotSegment(
                    new ChunkLocation(id, 0, (long) i * FRAME, FRAME, 1),
                    List.of(new HotPiece(number, 0, 1)),
                    new byte[0]))
            .toList();
    return new HotMap(IMAGE, new PackReference(id.digest(), pack.length), segments);
  }

  private Path store() {
    return directory.resolve("store");
  }

  private Path folder() {
    return store().resolve("hot").resolve(IMAGE.hex());
  }

  @Test
  void killedWhileHotPacksAreStoredItHasTheOldOrTheNewOneAsAWhole() throws Exception {
    Random random = new Random(SEED);
    for (int kill = 0; kill < KILLS; kill++) {
      try (BlobdProcess blobd = BlobdProcess.start(store());
          BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
        client.upload(IMAGE, MANIFEST);
        client.profiles().put(Fixture.profile(IMAGE, KEY, 1, false));
        check(client);
        int before = acknowledged.get();
        Thread writer = Thread.ofPlatform().name("writer").start(() -> write(client));
        while (acknowledged.get() < before + 2) {
          LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(60).toNanos()));
        blobd.kill();
        writer.join();
      }
      age();
    }
    try (BlobdProcess blobd = BlobdProcess.start(store());
        BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
      check(client);
    }
  }

  /// Stores one hot pack after the other until the server is gone.
  private void write(BlobClient client) {
    Path file = directory.resolve("pack");
    try {
      while (true) {
        int number = sent.incrementAndGet();
        Files.write(file, pack(number));
        client.profiles().putHot(map(number), KEY, file);
        acknowledged.set(number);
      }
    } catch (SwayException e) {
      // Killed, as it was meant to be.
      return;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Lets an hour pass, after which nobody will send what is missing.
  private void age() throws IOException {
    FileTime before = FileTime.from(Instant.now().minus(AGE));
    try (Stream<Path> files = Files.list(folder())) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(file, before);
      }
    }
  }

  /// What was acknowledged is there, or what was sent after it, and nothing else.
  private void check(BlobClient client) throws IOException {
    assertThat(store().resolve("tmp")).isEmptyDirectory();
    Optional<HotMap> found = client.profiles().hot(IMAGE, KEY).map(FetchedFile::content);
    if (acknowledged.get() == 0) {
      assertThat(found).isEmpty();
      return;
    }
    PackReference pack = found.orElseThrow().pack();
    int number = (int) pack.size() - SEGMENTS * FRAME;
    assertThat(number).as("seed %d", SEED).isBetween(acknowledged.get(), sent.get());
    assertThat(HotMapWriter.write(found.get())).isEqualTo(HotMapWriter.write(map(number)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    client.fetch(pack.digest(), pack.size(), bytes);
    assertThat(bytes.toByteArray()).isEqualTo(pack(number));
    try (Stream<Path> files = Files.list(folder())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("seed %d", SEED)
          .containsExactlyInAnyOrder(KEY.hex(), KEY.hex() + "-" + pack.digest().hex());
    }
  }
}
