package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.fixture.Randomized;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputPumpTest {
  @TempDir Path folder;
  private final List<RunEvent.Output> shown = new ArrayList<>();

  private Path started() {
    return folder.resolve("pid");
  }

  private void show(RunEvent event) {
    shown.add((RunEvent.Output) event);
  }

  @Test
  void binaryOutputPassesUnchangedInOrderAndInBoundedPieces() throws IOException {
    byte[] written = Randomized.bytes(new Random(7), 300_000);
    Files.createFile(started());
    new OutputPump(new ByteArrayInputStream(written), 2, started(), () -> true, this::show).pump();
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (RunEvent.Output event : shown) {
      assertThat(event.stream()).isEqualTo(2);
      assertThat(event.data()).hasSizeLessThanOrEqualTo(64 << 10);
      joined.writeBytes(event.data());
    }
    assertThat(joined.toByteArray()).isEqualTo(written);
  }

  @Test
  void outputIsHeldBackUntilTheContainerRuns() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    new OutputPump(
            new ByteArrayInputStream("x".getBytes(StandardCharsets.US_ASCII)),
            1,
            started(),
            () -> {
              assertThat(shown).isEmpty();
              if (asked.incrementAndGet() == 3) {
                create();
              }
              return true;
            },
            this::show)
        .pump();
    assertThat(asked).hasValue(3);
    assertThat(shown).hasSize(1);
  }

  private void create() {
    try {
      Files.createFile(started());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void complaintsOfARunThatNeverStartedAreNotShown() throws IOException {
    byte[] complaint = new byte[200_000];
    new OutputPump(new ByteArrayInputStream(complaint), 2, started(), () -> false, this::show)
        .pump();
    assertThat(shown).isEmpty();
  }

  @Test
  void containerThatStartedAndEndedMeanwhileIsShown() throws IOException {
    Files.createFile(started());
    new OutputPump(new ByteArrayInputStream(new byte[3]), 1, started(), () -> false, this::show)
        .pump();
    assertThat(shown).hasSize(1);
  }

  @Test
  void observerThatFailsEndsThePump() throws IOException {
    Files.createFile(started());
    OutputPump pump =
        new OutputPump(
            new ByteArrayInputStream(new byte[3]),
            1,
            started(),
            () -> true,
            event -> {
              throw new IOException("nobody watches");
            });
    assertThatThrownBy(pump::pump).hasMessage("nobody watches");
  }
}
