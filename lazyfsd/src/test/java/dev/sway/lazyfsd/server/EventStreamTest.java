package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import io.helidon.webserver.ServerConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class EventStreamTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final SwayException failure = new SwayException(FailureKind.RUN, "no");
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());
  private static final Program PROGRAM = new Program("test", NOWHERE, NOWHERE, false);

  @Test
  void silenceIsFilledUntilTheLastEventAndNoLonger() throws Exception {
    PipedInputStream in = new PipedInputStream();
    EventStream events = new EventStream(PROGRAM, new PipedOutputStream(in), 0, SHORT);
    try {
      events.show(new RunEvent.Started(1, "r1"));
      String first = line(in);
      while (first.contains("\"alive\"")) {
        first = line(in);
      }
      assertThat(first).contains("\"started\"");
      assertThat(line(in)).contains("\"alive\"");
      assertThat(line(in)).contains("\"alive\"");
      events.fail(failure);
      Thread.sleep(SHORT.multipliedBy(5));
    } finally {
      events.end();
    }
    String rest = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    assertThat(rest).endsWith("\n");
    assertThat(rest.lines().toList().getLast()).contains("\"failed\"");
  }

  @Test
  void clientThatHasLeftIsNoFault() throws IOException {
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int value) {}

          @Override
          public void flush() {
            throw new ServerConnectionException("cannot write", new IOException("broken pipe"));
          }

          @Override
          public void close() {
            flush();
          }
        };
    EventStream events = new EventStream(PROGRAM, out, 0, Duration.ofMinutes(1));
    assertThatThrownBy(() -> events.show(new RunEvent.Started(1, "r1")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reads no more");
    assertThatThrownBy(events::end).isInstanceOf(IOException.class);
    events.end();
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
    EventStream events = new EventStream(PROGRAM, out, 0, SHORT);
    try {
      stuck.await();
      assertThatThrownBy(() -> events.fail(failure)).hasMessageContaining("reads no more");
    } finally {
      read.countDown();
      events.end();
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
