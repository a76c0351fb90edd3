package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.fixture.Randomized;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RunSpoolTest {
  private static final RingBudget BUDGET = new RingBudget(1 << 30);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void append(RunSpool spool, int stream, String text) throws IOException {
    spool.append(stream, bytes(text), bytes(text).length);
  }

  @Test
  void recordsAreNumberedInOrderAndToldAgainUntilAcknowledged() throws IOException {
    try (RunSpool spool = new RunSpool(BUDGET)) {
      append(spool, 1, "one");
      append(spool, 2, "two");
      int first = spool.attach(0);
      assertThat(spool.next(first))
          .usingRecursiveComparison()
          .isEqualTo(new RunSpool.Piece(1, 1, bytes("one")));
      assertThat(spool.next(first).number()).isEqualTo(2);
      int again = spool.attach(1);
      assertThat(spool.next(again))
          .usingRecursiveComparison()
          .isEqualTo(new RunSpool.Piece(2, 2, bytes("two")));
      assertThatThrownBy(() -> spool.next(first)).hasMessageContaining("another reader");
      assertThatThrownBy(() -> spool.attach(0)).hasMessageContaining("after 1 was acknowledged");
      spool.end(9);
      for (int i = 0; i < 2; i++) {
        RunSpool.Piece end = spool.next(spool.attach(2));
        assertThat(end.stream()).isZero();
        assertThat(end.number()).isEqualTo(3);
      }
      assertThat(spool.exitCode()).isEqualTo(9);
      spool.acknowledge(3);
    }
  }

  @Test
  void whatIsWrittenBeforeARecordWasReadIsAddedToItAndNothingAfter() throws IOException {
    try (RunSpool spool = new RunSpool(BUDGET)) {
      int ticket = spool.attach(0);
      append(spool, 1, "one ");
      append(spool, 1, "two");
      append(spool, 2, "err");
      append(spool, 1, "three");
      assertThat(spool.position()).isEqualTo(new RunSpool.Position(0, 3));
      assertThat(spool.next(ticket).bytes()).isEqualTo(bytes("one two"));
      assertThat(spool.next(ticket).bytes()).isEqualTo(bytes("err"));
      append(spool, 1, " four");
      assertThat(spool.next(ticket).bytes()).isEqualTo(bytes("three four"));
      append(spool, 1, "five");
      assertThat(spool.position()).isEqualTo(new RunSpool.Position(0, 4));
      // Read again it is what it was.
      int again = spool.attach(2);
      assertThat(spool.next(again).bytes()).isEqualTo(bytes("three four"));
      append(spool, 1, " six");
      assertThat(spool.next(again).bytes()).isEqualTo(bytes("five six"));
      spool.end(0);
      assertThat(spool.position()).isEqualTo(new RunSpool.Position(2, 5));
    }
  }

  @Test
  void manySmallWritesComeInFewRecords() throws Exception {
    try (RunSpool spool = new RunSpool(BUDGET)) {
      byte[] small = new byte[100];
      int writes = 5_000;
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(() -> {
            try {
              for (int i = 0; i < writes; i++) {
                spool.append(1, small, small.length);
              }
              spool.end(0);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      int ticket = spool.attach(0);
      int bytes = 0;
      RunSpool.Piece piece = spool.next(ticket);
      while (piece.stream() != 0) {
        bytes += piece.bytes().length;
        piece = spool.next(ticket);
      }
      writer.get();
      assertThat(bytes).isEqualTo(writes * small.length);
      assertThat(piece.number()).isLessThan(writes / 4);
    }
  }

  @Test
  void recordThatNothingFollowsIsGivenOut() throws Exception {
    try (RunSpool spool = new RunSpool(BUDGET)) {
      int ticket = spool.attach(0);
      for (int i = 1; i <= 3; i++) {
        append(spool, 1, "line\n");
        assertThat(spool.next(ticket).number()).isEqualTo(i);
      }
    }
  }

  @Test
  void recordIsNotAddedToBeyondTheLongest() throws IOException {
    byte[] most = new byte[RunSpool.MAX_RECORD_BYTES];
    try (RunSpool spool = new RunSpool(BUDGET)) {
      append(spool, 1, "x");
      spool.append(1, most, most.length);
      spool.append(1, most, most.length - 1);
      append(spool, 1, "y");
      int ticket = spool.attach(0);
      for (int length : new int[] {1, most.length, most.length}) {
        assertThat(spool.next(ticket).bytes()).hasSize(length);
      }
    }
  }

  @Test
  void whatWasNotWrittenCannotBeAcknowledged() throws IOException {
    try (RunSpool spool = new RunSpool(BUDGET)) {
      append(spool, 1, "one");
      assertThatThrownBy(() -> spool.acknowledge(2)).hasMessageContaining("1 is the last");
      assertThatThrownBy(() -> spool.attach(2)).hasMessageContaining("1 is the last");
      spool.acknowledge(0);
      assertThat(spool.next(spool.attach(0)).number()).isEqualTo(1);
    }
  }

  @Test
  void writerWaitsWhileTheSpoolIsFullAndGoesOnWhenItIsAcknowledged() throws Exception {
    byte[] record = new byte[RunSpool.MAX_RECORD_BYTES];
    int room = RunSpool.MAX_BYTES / (RunSpool.MAX_RECORD_BYTES + Integer.BYTES);
    try (RunSpool spool = new RunSpool(BUDGET)) {
      for (int i = 0; i < room; i++) {
        spool.append(1, record, record.length);
      }
      CompletableFuture<Void> more =
          CompletableFuture.runAsync(() -> {
            try {
              spool.append(1, record, record.length);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      assertThatThrownBy(() -> more.get(200, TimeUnit.MILLISECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      spool.acknowledge(1);
      more.get();
    }
  }

  @Test
  void ringsBeyondTheBudgetHaveTheirShareOnly() throws Exception {
    RingBudget budget = new RingBudget(RunSpool.MAX_BYTES - RunSpool.SHARE_BYTES);
    byte[] record = new byte[RunSpool.MAX_RECORD_BYTES];
    int share = RunSpool.SHARE_BYTES / (record.length + Integer.BYTES);
    try (RunSpool second = new RunSpool(budget)) {
      try (RunSpool first = new RunSpool(budget)) {
        for (int i = 0; i < RunSpool.MAX_BYTES / (record.length + Integer.BYTES); i++) {
          first.append(1, record, record.length);
        }
        for (int i = 0; i < share; i++) {
          second.append(1, record, record.length);
        }
        CompletableFuture<Void> more =
            CompletableFuture.runAsync(() -> {
              try {
                second.append(1, record, record.length);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
        assertThatThrownBy(() -> more.get(200, TimeUnit.MILLISECONDS))
            .isInstanceOf(java.util.concurrent.TimeoutException.class);
        second.acknowledge(1);
        more.get();
      }
      assertThat(budget.take(RunSpool.MAX_BYTES - RunSpool.SHARE_BYTES)).isTrue();
    }
  }

  @Test
  void closingLetsWriterAndReaderGo() throws Exception {
    RunSpool spool = new RunSpool(BUDGET);
    int ticket = spool.attach(0);
    CompletableFuture<Throwable> reader =
        CompletableFuture.supplyAsync(() -> {
          try {
            return new AssertionError(spool.next(ticket));
          } catch (IOException e) {
            return e;
          }
        });
    spool.close();
    spool.close();
    assertThat(reader.get()).hasMessageContaining("forgotten");
    assertThatThrownBy(() -> append(spool, 1, "x")).hasMessageContaining("forgotten");
  }

  @Test
  void nothingIsLostOrTwiceHoweverReadersComeAndGo() {
    Randomized.forSeeds(
        60,
        random -> {
          byte[][] written = {
            Randomized.bytes(random, random.nextInt(600_000)),
            Randomized.bytes(random, random.nextInt(600_000))
          };
          // Without a budget the ring is full now and then.
          try (RunSpool spool = new RunSpool(random.nextBoolean() ? BUDGET : new RingBudget(0))) {
            CompletableFuture<?>[] writers = new CompletableFuture<?>[2];
            for (int i = 0; i < 2; i++) {
              byte[] content = written[i];
              int stream = i + 1;
              Random own = new Random(random.nextLong());
              writers[i] = CompletableFuture.runAsync(() -> write(spool, stream, content, own));
            }
            CompletableFuture<Void> end =
                CompletableFuture.allOf(writers).thenRun(() -> spool.end(3));
            byte[][] read = read(spool, random);
            end.join();
            assertThat(Arrays.equals(read[0], written[0])).as("stdout").isTrue();
            assertThat(Arrays.equals(read[1], written[1])).as("stderr").isTrue();
          }
        });
  }

  private static void write(RunSpool spool, int stream, byte[] content, Random random) {
    int most = random.nextBoolean() ? 50 : RunSpool.MAX_RECORD_BYTES;
    int at = 0;
    try {
      while (at < content.length) {
        int length = Math.min(content.length - at, 1 + random.nextInt(most));
        spool.append(stream, Arrays.copyOfRange(content, at, at + length), length);
        at += length;
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Reads to the end, as a client whose connections break: each goes on behind what was taken.
  private static byte[][] read(RunSpool spool, Random random) throws IOException {
    ByteArrayOutputStream[] streams = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    long taken = 0;
    while (true) {
      int ticket = spool.attach(taken);
      int until = random.nextInt(3000);
      for (int i = 0; i <= until; i++) {
        RunSpool.Piece piece = spool.next(ticket);
        assertThat(piece.number()).isEqualTo(taken + 1);
        if (piece.stream() == 0) {
          return new byte[][] {streams[0].toByteArray(), streams[1].toByteArray()};
        }
        streams[piece.stream() - 1].writeBytes(piece.bytes());
        taken++;
        // A ring without a budget has room for three of the longest.
        if (i % 2 == 1) {
          spool.acknowledge(taken - random.nextInt(2));
        }
      }
    }
  }
}
