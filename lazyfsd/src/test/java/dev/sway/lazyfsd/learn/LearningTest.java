package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.hot.HotPackBuilder;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is left to do after runs does not wait for blobd.
@Timeout(60)
class LearningTest {
  private static final int RUNS = 100;

  @TempDir Path folder;

  /// Profiles whose sharing hangs.
  private static final class Hanging implements Profiles {
    private final List<String> learnt = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answering = new CountDownLatch(1);

    @Override
    public Optional<Found> find(Digest manifest, CommandKey command) {
      return Optional.empty();
    }

    @Override
    public boolean learn(Trace trace) {
      learnt.add(trace.header().run());
      return true;
    }

    @Override
    public void share(Trace trace, boolean added) {
      asked.countDown();
      try {
        answering.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void heat(
        Digest manifest,
        CommandKey command,
        MountPrefetches prefetches,
        HotPackBuilder.Pause pause) {}
  }

  private static Trace trace(String run) {
    return new Trace(
        new TraceHeader(
            run,
            "app",
            Digest.of(new byte[0]),
            CommandKey.ofCommand(List.of("app")),
            List.of("app"),
            Instant.EPOCH,
            true,
            0,
            0,
            0,
            0,
            0,
            PrefetchSummary.none("off"),
            Map.of()),
        List.of());
  }

  @Test
  void tracesAreKeptAndLearntFromWhileBlobdHangs() throws Exception {
    Hanging profiles = new Hanging();
    AtomicInteger over = new AtomicInteger();
    Learning learning = new Learning(new TraceStore(folder), profiles);
    try {
      for (int i = 0; i < RUNS; i++) {
        Trace trace = trace("%012x".formatted(i));
        learning.later(
            trace.header().run(),
            () -> assertThat(learning.keep(trace)).isTrue(),
            () -> learning.share(trace, true),
            () -> {},
            over::incrementAndGet);
        // As soon as it is over: of very many at once some are refused.
        assertThat(learning.trace(trace.header().run())).isPresent();
        if (i == 0) {
          profiles.asked.await();
        }
      }
      assertThat(profiles.learnt).hasSize(RUNS);
    } finally {
      profiles.answering.countDown();
      learning.close();
    }
    assertThat(over).as("whoever waits for an end is told").hasValue(RUNS);
  }
}
