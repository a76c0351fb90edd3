package dev.sway.lazyfsd.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.http.ApiError;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.api.WorkerStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RunClientTest {
  private static final RunResult RESULT =
      new RunResult("r1", 7, new RunResult.Seconds(1.5, 0.5, 0.75), 1000, 3, 5000, true);
  private static final RunRequest REQUEST =
      new RunRequest(
          "app:1", new RunRequest.Command(List.of("ls", "-l")), List.of("A=b"), "/w", "1:2");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void outputComesUnchangedOnItsStreamAndTheResultAfterIt() throws IOException {
    byte[] all = new byte[300_000];
    new Random(1).nextBytes(all);
    try (FakeWorker worker =
            new FakeWorker(call ->
                call.events(
                    new RunEvent.Started("r1"),
                    new RunEvent.Output(1, all),
                    new RunEvent.Alive(),
                    new RunEvent.Output(2, "warn".getBytes(UTF_8)),
                    new RunEvent.Output(1, new byte[0]),
                    new RunEvent.Output(1, "end".getBytes(UTF_8)),
                    new RunEvent.Exited(RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.of("secret"))) {
      assertThat(client.run(REQUEST, out, err)).isEqualTo(RESULT);
      assertThat(worker.requests).containsExactly(REQUEST);
      assertThat(worker.authorizations).containsExactly("Bearer secret");
    }
    byte[] expected = new byte[all.length + 3];
    System.arraycopy(all, 0, expected, 0, all.length);
    System.arraycopy("end".getBytes(UTF_8), 0, expected, all.length, 3);
    assertThat(out.toByteArray()).isEqualTo(expected);
    assertThat(err.toString(UTF_8)).isEqualTo("warn");
  }

  @Test
  void outputIsFlushedWhileTheRunGoesOn() throws IOException {
    CountDownLatch flushed = new CountDownLatch(1);
    OutputStream watched =
        new OutputStream() {
          @Override
          public void write(int value) {}

          @Override
          public void flush() {
            flushed.countDown();
          }
        };
    try (FakeWorker worker =
            new FakeWorker(call -> {
              call.stream();
              call.event(new RunEvent.Output(1, new byte[1]));
              await(flushed);
              call.event(new RunEvent.Exited(RESULT));
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.run(REQUEST, watched, err)).isEqualTo(RESULT);
    }
  }

  @Test
  void theLargestScriptReachesTheWorker() throws IOException {
    byte[] content = new byte[LazyfsdApi.MAX_SCRIPT_BYTES];
    RunRequest request =
        new RunRequest(
            "app:1", new RunRequest.Script("a.py", content, List.of()), List.of(), "", "");
    try (FakeWorker worker = new FakeWorker(call -> call.events(new RunEvent.Exited(RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      client.run(request, out, err);
      assertThat(worker.requests)
          .singleElement()
          .extracting(received -> ((RunRequest.Script) received.what()).content())
          .isEqualTo(content);
    }
  }

  @Test
  void tooMuchForARequestIsRefusedBeforeItIsSent() throws IOException {
    List<String> args = List.of("x".repeat(LazyfsdApi.MAX_REQUEST_BYTES));
    RunRequest request = new RunRequest("app:1", new RunRequest.Command(args), List.of(), "", "");
    try (FakeWorker worker = new FakeWorker(call -> call.events(new RunEvent.Exited(RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertFails(
          () -> client.run(request, out, err), FailureKind.USAGE, "arguments and environment");
      assertThat(worker.requests).isEmpty();
    }
  }

  @Test
  void failedEventIsAFailureOfItsKind() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Failed("no-runc", "runc is not installed")),
        FailureKind.NO_RUNC,
        "runc is not installed");
  }

  @Test
  void kindOfANewerWorkerIsInternal() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Failed("no-moon", "the moon is gone")),
        FailureKind.INTERNAL,
        "the moon is gone");
  }

  @Test
  void streamThatEndsWithoutAnEndOfTheRunIsAFailure() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Started("r1")),
        FailureKind.WORKER_UNREACHABLE,
        "the worker ended the connection before the run did");
  }

  @Test
  void streamThatEndsWithinAnEventIsAFailure() throws IOException {
    assertRunFails(
        call -> {
          call.stream();
          call.text("{\"event\":\"al");
        },
        FailureKind.WORKER_UNREACHABLE,
        "the worker ended the connection before the run did");
  }

  @Test
  void connectionThatBreaksIsAFailure() throws IOException {
    assertRunFails(
        call -> {
          call.text("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
          call.event(new RunEvent.Started("r1"));
        },
        FailureKind.WORKER_UNREACHABLE,
        "WORKER_URL");
  }

  @Test
  void workerThatFallsSilentIsBrokenOff() throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    try (FakeWorker worker =
            new FakeWorker(call -> {
              call.stream();
              call.event(new RunEvent.Started("r1"));
              await(done);
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty(), Duration.ofSeconds(1))) {
      assertFails(
          () -> client.run(REQUEST, out, err),
          FailureKind.WORKER_UNREACHABLE,
          "no more bytes within 1 s");
      done.countDown();
    }
  }

  @Test
  void workerThatStartsLateAndShowsThatItLivesIsWaitedFor() throws Exception {
    Duration limit = Duration.ofMillis(600);
    try (FakeWorker worker =
            new FakeWorker(call -> {
              LockSupport.parkNanos(limit.multipliedBy(2).toNanos());
              call.stream();
              for (int i = 0; i < 12; i++) {
                LockSupport.parkNanos(limit.dividedBy(6).toNanos());
                call.event(new RunEvent.Alive());
              }
              call.event(new RunEvent.Exited(RESULT));
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty(), limit)) {
      assertThat(client.run(REQUEST, out, err)).isEqualTo(RESULT);
    }
  }

  @Test
  void eventThatIsNoneIsAFailure() throws IOException {
    assertRunFails(
        call -> {
          call.stream();
          call.text("<html>\n");
        },
        FailureKind.WORKER_UNREACHABLE,
        "sent something else than expected");
  }

  @Test
  void eventThatIsTooLongIsAFailure() throws IOException {
    assertRunFails(
        call -> {
          call.stream();
          call.text(" ".repeat(LazyfsdApi.MAX_EVENT_BYTES + 1));
        },
        FailureKind.WORKER_UNREACHABLE,
        "more than 1048576 bytes");
  }

  @Test
  void refusalNamesTheKindAndTheWorker() throws IOException {
    byte[] refusal =
        WireJson.write(ApiError.of(FailureKind.UNKNOWN_IMAGE, "no image 'app:1'; export it"));
    assertRunFails(
        call -> call.json(404, refusal), FailureKind.UNKNOWN_IMAGE, "no image 'app:1'; export it");
  }

  @Test
  void wrongTokenIsUnauthorized() throws IOException {
    assertRunFails(call -> call.json(401, new byte[0]), FailureKind.UNAUTHORIZED, "set SWAY_TOKEN");
  }

  @Test
  void nobodyThereIsWorkerUnreachable() throws IOException {
    FakeWorker gone = new FakeWorker(call -> {});
    gone.close();
    try (RunClient client = new RunClient(gone.uri(), Optional.empty())) {
      assertFails(
          () -> client.run(REQUEST, out, err),
          FailureKind.WORKER_UNREACHABLE,
          "start it with 'lazyfsd serve', or set WORKER_URL");
    }
  }

  @Test
  void failingOutputIsPassedOnUnchanged() throws IOException {
    IOException full = new IOException("No space left on device");
    OutputStream failing =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw full;
          }
        };
    try (FakeWorker worker =
            new FakeWorker(call ->
                call.events(new RunEvent.Output(1, new byte[1]), new RunEvent.Exited(RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThatThrownBy(() -> client.run(REQUEST, failing, err)).isSameAs(full);
    }
  }

  @Test
  void statusIsRead() throws IOException {
    WorkerStatus status =
        new WorkerStatus(
            "lazyfsd",
            "1",
            "jnr",
            2,
            3,
            List.of(new WorkerStatus.Source("blobd at x", "closed", 1, 2, 3, 4, 5)));
    try (FakeWorker worker = new FakeWorker(call -> call.json(200, WireJson.write(status)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.status()).isEqualTo(status);
    }
  }

  private void assertRunFails(FakeWorker.Answer answer, FailureKind kind, String message)
      throws IOException {
    try (FakeWorker worker = new FakeWorker(answer);
        RunClient client = new RunClient(worker.uri(), Optional.of("secret"))) {
      assertFails(() -> client.run(REQUEST, out, err), kind, message);
    }
  }

  private static void assertFails(ThrowingCallable call, FailureKind kind, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SwayException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("the output was not flushed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
