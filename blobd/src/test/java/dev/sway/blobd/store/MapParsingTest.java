package dev.sway.blobd.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.server.Fixture;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// No map is parsed while as many are as may be.
@Timeout(60)
final class MapParsingTest {
  private static final Digest IMAGE = Digest.of(new byte[] {1});
  private static final CommandKey KEY = Fixture.key(1);
  private static final byte[] ONE = Fixture.content(1001);
  private static final byte[] TWO = Fixture.content(1002);

  @TempDir Path directory;
  private final MapParsing parsing = new MapParsing();
  private final CountDownLatch inside = new CountDownLatch(MapParsing.AT_ONCE);
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Thread> parsers = new ArrayList<>();
  private DirectoryHot hot;

  @BeforeEach
  void open() throws IOException {
    StoreLayout layout = new StoreLayout(directory);
    Files.createDirectories(layout.temporary());
    Files.createDirectories(layout.hot());
    Files.createDirectories(layout.profiles());
    ImageLocks locks = new ImageLocks();
    hot = DirectoryHot.open(layout, locks, parsing);
    new DirectoryProfiles(layout, locks, hot)
        .put(IMAGE, KEY, ProfileWriter.write(Fixture.profile(IMAGE, KEY, 1, false)), _ -> {});
    putPack(ONE);
  }

  @AfterEach
  void join() throws InterruptedException {
    end.countDown();
    for (Thread parser : parsers) {
      parser.join();
    }
  }

  private void putPack(byte[] pack) throws IOException {
    hot.putPack(IMAGE, KEY, Digest.of(pack), new ByteArrayInputStream(pack));
  }

  private boolean putMap(byte[] pack) throws IOException {
    return hot.putMap(IMAGE, KEY, HotMapWriter.write(Fixture.hotMap(IMAGE, pack)));
  }

  /// Has as many parse as may.
  private void occupy() throws InterruptedException {
    for (int i = 0; i < MapParsing.AT_ONCE; i++) {
      FutureTask<Boolean> parse = new FutureTask<>(() -> parsing.run(this::parse));
      parsers.add(Thread.ofPlatform().name("parser-" + i).start(parse));
    }
    inside.await();
  }

  private boolean parse() {
    inside.countDown();
    try {
      end.await();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// What `call` answers, which it does once others have parsed.
  private <T> T afterOthers(Callable<T> call) throws Exception {
    FutureTask<T> answer = new FutureTask<>(call);
    occupy();
    Thread thread = Thread.ofPlatform().name("another").start(answer);
    parsers.add(thread);
    while (thread.getState() != Thread.State.WAITING) {
      assertThat(answer.isDone()).as("is not waited for").isFalse();
      Thread.onSpinWait();
    }
    end.countDown();
    return answer.get();
  }

  @Test
  void whoStoresAMapWaits() throws Exception {
    assertThat(afterOthers(() -> putMap(ONE))).isTrue();
  }

  @Test
  void whoAsksWhichPackAMapNamesWaits() throws Exception {
    var _ = putMap(ONE);
    putPack(TWO);
    assertThat(afterOthers(() -> hot.bytes(IMAGE))).containsEntry(KEY, (long) ONE.length);
  }

  @Test
  void whoStoresAPackBesideOthersWaits() throws Exception {
    var _ = putMap(ONE);
    putPack(TWO);
    byte[] third = Fixture.content(1003);
    assertThat(
            afterOthers(() -> {
              putPack(third);
              return hot.size(Digest.of(third));
            }))
        .hasValue(third.length);
  }
}
