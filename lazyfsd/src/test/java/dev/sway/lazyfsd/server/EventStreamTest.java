package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.api.RunEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class EventStreamTest {
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final RunEvent.Failed FAILED = new RunEvent.Failed("run", "no");

  @Test
  void silenceIsFilledUntilTheLastEventAndNoLonger() throws Exception {
    PipedInputStream in = new PipedInputStream();
    try (EventStream events = new EventStream(new PipedOutputStream(in), SHORT)) {
      events.show(new RunEvent.Started("r1"));
      assertThat(line(in)).contains("\"started\"");
      assertThat(line(in)).contains("\"alive\"");
      assertThat(line(in)).contains("\"alive\"");
      assertThat(events.fail(FAILED)).isTrue();
      Thread.sleep(SHORT.multipliedBy(5));
    }
    String rest = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    assertThat(rest).endsWith("\n");
    assertThat(rest.lines().toList().getLast()).contains("\"failed\"");
  }

  @Test
  void failureDoesNotWaitForAClientThatDoesNotRead() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            stuck.countDown();
            try {
              read.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    try (EventStream events = new EventStream(out, SHORT)) {
      stuck.await();
      assertThat(events.fail(FAILED)).isFalse();
    } finally {
      read.countDown();
    }
  }

  private static String line(PipedInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }
}
