package dev.sway.blobd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real blobd process that is killed while profiles are written.
@Timeout(120)
final class ProfileKillIT {
  private static final byte[] MANIFEST = Fixture.manifest(Fixture.content(1000));
  private static final Digest IMAGE = Digest.of(MANIFEST);
  private static final CommandKey KEY = Fixture.key(1);
  private static final int KILLS = 4;
  private static final long SEED = 20_261_122;

  @TempDir Path directory;

  /// A profile of many paths, whose number of runs tells it from the others.
  private static Profile profile(int runs) {
    Random random = new Random(runs);
    List<ProfiledPath> paths =
        IntStream.range(0, 5000)
            .mapToObj(i ->
                new ProfiledPath(
                    "/lib/" + Long.toHexString(random.nextLong()) + "-" + i,
                    i,
                    List.of(new ProfileRange(0, 1 + random.nextInt(4095))),
                    i,
                    runs,
                    0))
            .toList();
    return new Profile(IMAGE, KEY, List.of("app"), runs, Instant.EPOCH, false, paths);
  }

  @Test
  void killedWhileItReplacesAProfileItHasTheOldOrTheNewOneAsAWhole() throws Exception {
    Path store = directory.resolve("store");
    Random random = new Random(SEED);
    AtomicInteger sent = new AtomicInteger();
    AtomicInteger acknowledged = new AtomicInteger();
    for (int kill = 0; kill < KILLS; kill++) {
      try (BlobdProcess blobd = BlobdProcess.start(store);
          BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
        assertThat(store.resolve("tmp")).isEmptyDirectory();
        client.upload(IMAGE, MANIFEST);
        check(client, acknowledged.get(), sent.get());
        int before = acknowledged.get();
        Thread writer =
            Thread.ofPlatform().name("writer").start(() -> write(client, sent, acknowledged));
        while (acknowledged.get() < before + 2) {
          LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(60).toNanos()));
        blobd.kill();
        writer.join();
      }
    }
    try (BlobdProcess blobd = BlobdProcess.start(store);
        BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
      check(client, acknowledged.get(), sent.get());
      assertThat(store.resolve("tmp")).isEmptyDirectory();
    }
  }

  /// Stores one profile after the other until the server is gone.
  private static void write(BlobClient client, AtomicInteger sent, AtomicInteger acknowledged) {
    try {
      while (true) {
        Profile next = profile(sent.incrementAndGet());
        client.profiles().put(next);
        acknowledged.set(next.runs());
      }
    } catch (SwayException e) {
      // Killed, as it was meant to be.
      return;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void check(BlobClient client, int acknowledged, int sent) throws IOException {
    Optional<Profile> found = client.profiles().find(IMAGE, KEY).map(fetched -> fetched.profile());
    if (acknowledged == 0) {
      assertThat(found).isEmpty();
      return;
    }
    int runs = found.orElseThrow().runs();
    assertThat(runs).as("seed %d", SEED).isBetween(acknowledged, sent);
    assertThat(found).contains(profile(runs));
  }
}
