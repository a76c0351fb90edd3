package dev.sway.lazyfsd.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.lazyfsd.fixture.CopyingTransport;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cache as its users command it: client, API and all that is behind it.
class ImageKeeperTest {
  private static final int CHUNKS = 40;

  @TempDir Path folder;
  private TestImage.Built image;

  @BeforeAll
  static void needs() {
    Needs.runc();
  }

  @BeforeEach
  void build() throws IOException {
    Random random = new Random(3);
    TestImage made = new TestImage(folder);
    for (int i = 0; i < CHUNKS; i++) {
      made.file("/file" + i, Randomized.bytes(random, 50_000));
    }
    image = made.build();
  }

  private Worker open(CacheLimits limits) throws IOException {
    return open(limits, Optional.empty());
  }

  private Worker open(CacheLimits limits, Optional<Path> tokens) throws IOException {
    Worker worker = new Worker(folder, new CopyingTransport(), tokens, limits);
    worker.publish("app:1", image);
    return worker;
  }

  private static CacheClient client(Worker worker) throws IOException {
    return new CacheClient(worker.uri(), Optional.empty());
  }

  private long stored() {
    return image.chunks().stream().mapToLong(chunk -> chunk.stored()).sum();
  }

  private static void fails(
      FailureKind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  @Test
  void warmFetchesOnceWhatEvictTakesAway() throws Exception {
    try (Worker worker = open(CacheLimits.NONE);
        CacheClient cache = client(worker)) {
      CacheResult warmed =
          new CacheResult(
              "app:1", image.digest().toString(), CHUNKS, stored(), image.reference().size());
      assertThat(cache.warm("app:1", _ -> {})).isEqualTo(warmed);
      CacheStatus status = cache.status();
      assertThat(status.chunks()).isEqualTo(CHUNKS);
      assertThat(status.chunkBytes()).isEqualTo(stored());
      assertThat(status.allocatedBytes()).isGreaterThanOrEqualTo(stored());
      assertThat(status.maxBytes()).isEqualTo(-1);
      assertThat(cache.warm(image.digest().toString(), _ -> {}).chunks()).isZero();
      assertThat(cache.evict("app:1")).isEqualTo(warmed);
      assertThat(cache.status().chunks()).isZero();
      assertThat(cache.warm("app:1", _ -> {})).isEqualTo(warmed);
      assertThat(cache.evict("").bytes()).isEqualTo(stored());
    }
  }

  @Test
  void twoThatWarmAtOnceBothHaveItAll() throws Exception {
    try (Worker worker = open(CacheLimits.NONE);
        CacheClient cache = client(worker)) {
      for (int round = 0; round < 5; round++) {
        List<CompletableFuture<CacheResult>> both = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          both.add(CompletableFuture.supplyAsync(() -> warm(worker)));
        }
        for (CompletableFuture<CacheResult> one : both) {
          assertThat(one.get().packBytes()).isEqualTo(image.reference().size());
        }
        assertThat(cache.status().chunks()).isEqualTo(CHUNKS);
        cache.evict("");
      }
    }
  }

  private static CacheResult warm(Worker worker) {
    try (CacheClient cache = client(worker)) {
      return cache.warm("app:1", _ -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void pinnedImageIsNotEvictedAlsoAfterARestart() throws Exception {
    try (Worker worker = open(CacheLimits.NONE)) {
      try (CacheClient cache = client(worker)) {
        assertThat(cache.pin("app:1").packBytes()).isEqualTo(image.reference().size());
        cache.warm("app:1", _ -> {});
      }
      worker.restartServer();
      try (CacheClient cache = client(worker)) {
        assertThat(cache.status().pinned())
            .containsExactly(
                new CacheStatus.PinnedImage(
                    List.of("app:1"), image.digest().toString(), image.reference().size(), false));
        fails(FailureKind.IN_USE, () -> cache.evict("app:1"));
        assertThat(cache.evict("").chunks()).isZero();
        assertThat(cache.status().chunks()).isEqualTo(CHUNKS);
        cache.unpin("app:1");
        fails(FailureKind.NOT_FOUND, () -> cache.unpin("app:1"));
        assertThat(cache.evict("").chunks()).isEqualTo(CHUNKS);
      }
    }
  }

  @Test
  void imageThatWasPinnedByTwoNamesStaysUntilBothAreGone() throws Exception {
    try (Worker worker = open(CacheLimits.NONE);
        CacheClient cache = client(worker)) {
      worker.publish("app:2", image);
      cache.pin("app:2");
      cache.pin("app:1");
      assertThat(cache.status().pinned().getFirst().names()).containsExactly("app:1", "app:2");
      cache.unpin("app:2");
      fails(FailureKind.IN_USE, () -> cache.evict("app:1"));
      cache.unpin(image.digest().toString());
      assertThat(cache.status().pinned()).isEmpty();
    }
  }

  @Test
  void promotedImageNeedsNoServer() throws Exception {
    try (Worker worker = open(CacheLimits.NONE)) {
      try (CacheClient cache = client(worker)) {
        cache.promote("app:1", _ -> {});
      }
      worker.endBlobd();
      worker.restartServer();
      try (CacheClient cache = client(worker)) {
        assertThat(cache.status().pinned().getFirst().promoted()).isTrue();
        // By name, and with every chunk read and verified.
        assertThat(cache.promote("app:1", _ -> {}).chunks()).isZero();
        fails(FailureKind.BLOBD_UNREACHABLE, () -> cache.warm("other", _ -> {}));
        cache.unpin("app:1");
        fails(FailureKind.BLOBD_UNREACHABLE, () -> cache.warm("app:1", _ -> {}));
      }
    }
  }

  @Test
  void promoteRepairsWhatIsDamagedOnTheDisk() throws Exception {
    try (Worker worker = open(CacheLimits.NONE);
        CacheClient cache = client(worker)) {
      cache.warm("app:1", _ -> {});
      Path data = worker.state().resolve("packs/" + image.reference().digest().hex() + ".pack");
      byte[] bytes = Files.readAllBytes(data);
      bytes[(int) image.chunks().get(7).offset() + 99] ^= 1;
      Files.write(data, bytes);
      cache.promote("app:1", _ -> {});
      bytes[(int) image.chunks().get(7).offset() + 99] ^= 1;
      assertThat(Files.readAllBytes(data)).isEqualTo(bytes);
      assertThat(worker.log()).contains("fetched again");
    }
  }

  @Test
  void imageThatIsLargerThanTheCacheIsNotPinned() throws Exception {
    try (Worker worker = open(new CacheLimits(1 << 20, 0));
        CacheClient cache = client(worker)) {
      fails(FailureKind.STORAGE, () -> cache.pin("app:1"));
      fails(FailureKind.STORAGE, () -> cache.promote("app:1", _ -> {}));
      assertThat(cache.status().pinned()).isEmpty();
    }
  }

  @Test
  void unknownImagesAndNamesThatAreNoneAreSaidSo() throws Exception {
    try (Worker worker = open(CacheLimits.NONE);
        CacheClient cache = client(worker)) {
      fails(FailureKind.UNKNOWN_IMAGE, () -> cache.pin("none"));
      fails(FailureKind.UNKNOWN_IMAGE, () -> cache.warm("none", _ -> {}));
      fails(FailureKind.USAGE, () -> cache.promote("NO:such:name", _ -> {}));
      fails(FailureKind.USAGE, () -> cache.unpin("../x"));
      fails(FailureKind.NOT_FOUND, () -> cache.warm("sha256:" + "0".repeat(64), _ -> {}));
    }
  }

  @Test
  void cacheNeedsATokenWhereRunsDo() throws Exception {
    String token = "a-token-of-the-tests";
    Path tokens = Files.writeString(folder.resolve("tokens"), token + "\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    try (Worker worker = open(CacheLimits.NONE, Optional.of(tokens));
        CacheClient stranger = client(worker);
        CacheClient known = new CacheClient(worker.uri(), Optional.of(token))) {
      fails(FailureKind.UNAUTHORIZED, stranger::status);
      fails(FailureKind.UNAUTHORIZED, () -> stranger.evict(""));
      fails(FailureKind.UNAUTHORIZED, () -> stranger.warm("app:1", _ -> {}));
      assertThat(known.status().chunks()).isZero();
      assertThat(known.warm("app:1", _ -> {}).chunks()).isEqualTo(CHUNKS);
    }
  }
}
