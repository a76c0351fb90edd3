package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresenceLogTest {
  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("log");
  }

  private static KeptFrame frame(long offset, int length) {
    return new KeptFrame(offset, length, 7);
  }

  private static void add(PresenceLog log, KeptFrame... frames) throws IOException {
    assertThat(log.tryLock(System.nanoTime())).isTrue();
    log.add(List.of(frames));
    log.unlock();
  }

  private static void remove(PresenceLog log, long offset) throws IOException {
    assertThat(log.tryLock(System.nanoTime())).isTrue();
    log.remove(List.of(java.util.Objects.requireNonNull(log.frames().get(offset))));
    log.unlock();
  }

  private static Map<Long, Integer> seen(PresenceLog log) {
    Map<Long, Integer> lengths = new HashMap<>();
    log.frames().forEach((offset, frame) -> lengths.put(offset, frame.length()));
    return lengths;
  }

  @Test
  void framesAndTimesSurviveReopening() throws IOException {
    try (PresenceLog log = PresenceLog.open(path)) {
      add(log, frame(500, 10), frame(0, 3));
      remove(log, 0);
    }
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEqualTo(Map.of(500L, 10));
      assertThat(log.frames().firstEntry().getValue().used()).isEqualTo(7);
    }
  }

  @Test
  void tornLastRecordIsLeftOutAndOverwritten() throws IOException {
    try (PresenceLog log = PresenceLog.open(path)) {
      add(log, frame(500, 10));
    }
    Files.write(path, new byte[] {9, 9, 9}, StandardOpenOption.APPEND);
    try (PresenceLog log = PresenceLog.open(path)) {
      add(log, frame(700, 20));
    }
    assertThat(Files.size(path)).isEqualTo(3 * PresenceLog.RECORD);
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEqualTo(Map.of(500L, 10, 700L, 20));
    }
  }

  @Test
  void fileThatIsNoLogIsBegunAnew() throws IOException {
    Files.write(path, Randomized.bytes(new Random(1), 1000));
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEmpty();
      add(log, frame(8, 1));
    }
    assertThat(Files.size(path)).isEqualTo(2 * PresenceLog.RECORD);
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEqualTo(Map.of(8L, 1));
    }
  }

  @Test
  void impossibleRecordsAreLeftOut() throws IOException {
    try (PresenceLog log = PresenceLog.open(path)) {
      add(log, frame(1L << 40, 10), frame(5, 100 << 20), frame(-9, 1), frame(64, 1));
    }
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEqualTo(Map.of(64L, 1));
    }
  }

  @Test
  void whatOneSaysTheOtherReadsOn() throws IOException {
    try (PresenceLog one = PresenceLog.open(path);
        PresenceLog other = PresenceLog.open(path)) {
      add(one, frame(10, 1));
      add(other, frame(20, 2));
      assertThat(seen(other)).isEqualTo(Map.of(10L, 1, 20L, 2));
      remove(other, 10);
      one.readOn();
      assertThat(seen(one)).isEqualTo(Map.of(20L, 2));
    }
  }

  @Test
  void changesOfOneWaitForThoseOfTheOther() throws IOException {
    try (PresenceLog one = PresenceLog.open(path);
        PresenceLog other = PresenceLog.open(path)) {
      assertThat(one.tryLock(System.nanoTime())).isTrue();
      assertThat(other.tryLock(System.nanoTime())).isFalse();
      one.unlock();
      assertThat(other.tryLock(System.nanoTime())).isTrue();
    }
  }

  @Test
  void whatIsAddedWhenALongLogIsRewrittenIsInItsSuccessor() throws IOException {
    int rewritten = 0;
    try (PresenceLog log = PresenceLog.open(path)) {
      long size = 0;
      for (int i = 0; i < 6000; i++) {
        if (i % 3 < 2) {
          add(log, frame(100L * i, 50), frame(7, 1));
        } else {
          remove(log, 100L * (i - 1));
          remove(log, 100L * (i - 2));
        }
        if (Files.size(path) < size) {
          rewritten++;
          try (PresenceLog successor = PresenceLog.open(path)) {
            assertThat(seen(successor)).isEqualTo(seen(log));
          }
        }
        size = Files.size(path);
      }
    }
    assertThat(rewritten).isGreaterThan(1);
  }

  @Test
  void longLogOfWhatIsAllThereIsRewrittenWhole() throws IOException {
    int count = 10_000;
    try (PresenceLog log = PresenceLog.open(path)) {
      KeptFrame[] all = new KeptFrame[count];
      for (int i = 0; i < count; i++) {
        all[i] = frame(100L * i, 50);
      }
      for (int round = 0; round < 4; round++) {
        add(log, all);
      }
      assertThat(Files.size(path)).isEqualTo((count + 1L) * PresenceLog.RECORD);
    }
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).hasSize(count);
    }
  }

  @Test
  void longLogIsRewrittenUnderTheHandsOfTheOther() throws IOException {
    try (PresenceLog one = PresenceLog.open(path);
        PresenceLog other = PresenceLog.open(path)) {
      add(one, frame(10, 1));
      for (int i = 0; i < 3000; i++) {
        add(one, frame(20, 2));
        remove(one, 20);
      }
      assertThat(Files.size(path)).isLessThan(64 << 10);
      add(other, frame(30, 3));
      one.readOn();
      assertThat(seen(one)).isEqualTo(Map.of(10L, 1, 30L, 3));
      assertThat(seen(other)).isEqualTo(seen(one));
    }
    try (PresenceLog log = PresenceLog.open(path)) {
      assertThat(seen(log)).isEqualTo(Map.of(10L, 1, 30L, 3));
    }
  }

  @Test
  void logThatWasSealedByOneWhoDiedGoesOn() throws IOException {
    try (PresenceLog log = PresenceLog.open(path)) {
      add(log, frame(10, 1));
    }
    byte[] seal = new byte[PresenceLog.RECORD];
    java.util.Arrays.fill(seal, 0, 8, (byte) 0xff);
    Files.write(path, seal, StandardOpenOption.APPEND);
    try (PresenceLog one = PresenceLog.open(path);
        PresenceLog other = PresenceLog.open(path)) {
      add(one, frame(20, 2));
      add(other, frame(30, 3));
      one.readOn();
      assertThat(seen(one)).isEqualTo(Map.of(10L, 1, 20L, 2, 30L, 3));
    }
  }
}
