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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(30)
@Execution(ExecutionMode.CONCURRENT)
final class RunClientTest {
  private static final RunResult RESULT =
      new RunResult("r1", 7, new RunResult.Seconds(1.5, 0.5, 0.75), 1000, 3, 5000, true);
  private static final RunRequest REQUEST =
      new RunRequest(
          "app:1", new RunRequest.Command(List.of("ls", "-l")), List.of("A=b"), "/w", "1:2");

  private static final Duration NONE = Duration.ZERO;
  private static final RunClient.Patience ONCE =
      new RunClient.Patience(Duration.ofSeconds(20), NONE);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void outputComesUnchangedOnItsStreamAndTheResultAfterIt() throws IOException {
    byte[] all = new byte[300_000];
    new Random(1).nextBytes(all);
    try (FakeWorker worker =
            new FakeWorker(call ->
                call.events(
                    new RunEvent.Started(1, "r1"),
                    new RunEvent.Output(2, 1, all),
                    new RunEvent.Alive(),
                    new RunEvent.Output(3, 2, "warn".getBytes(UTF_8)),
                    new RunEvent.Output(4, 1, new byte[0]),
                    new RunEvent.Output(5, 1, "end".getBytes(UTF_8)),
                    new RunEvent.Exited(6, RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.of("secret"), ONCE)) {
      assertThat(client.run(REQUEST, sink(out))).isEqualTo(RESULT);
      assertThat(worker.requests).containsExactly(REQUEST);
      assertThat(worker.authorizations).containsOnly("Bearer secret");
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
              call.event(new RunEvent.Output(1, 1, new byte[1]));
              await(flushed);
              call.event(new RunEvent.Exited(2, RESULT));
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.run(REQUEST, sink(watched))).isEqualTo(RESULT);
    }
  }

  @Test
  void theLargestScriptReachesTheWorker() throws IOException {
    byte[] content = new byte[LazyfsdApi.MAX_SCRIPT_BYTES];
    RunRequest request =
        new RunRequest(
            "app:1", new RunRequest.Script("a.py", content, List.of()), List.of(), "", "");
    try (FakeWorker worker = new FakeWorker(call -> call.events(new RunEvent.Exited(2, RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      client.run(request, sink(out));
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
    try (FakeWorker worker = new FakeWorker(call -> call.events(new RunEvent.Exited(2, RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertFails(
          () -> client.run(request, sink(out)), FailureKind.USAGE, "arguments and environment");
      assertThat(worker.requests).isEmpty();
    }
  }

  @Test
  void failedEventIsAFailureOfItsKind() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Failed(1, "no-runc", "runc is not installed")),
        FailureKind.NO_RUNC,
        "runc is not installed");
  }

  @Test
  void kindOfANewerWorkerIsInternal() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Failed(1, "no-moon", "the moon is gone")),
        FailureKind.INTERNAL,
        "the moon is gone");
  }

  @Test
  void streamThatEndsWithoutAnEndOfTheRunIsAFailure() throws IOException {
    assertRunFails(
        call -> call.events(new RunEvent.Started(1, "r1")),
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
          call.event(new RunEvent.Started(1, "r1"));
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
              call.event(new RunEvent.Started(1, "r1"));
              await(done);
            });
        RunClient client =
            new RunClient(
                worker.uri(),
                Optional.empty(),
                new RunClient.Patience(Duration.ofSeconds(1), NONE))) {
      assertFails(
          () -> client.run(REQUEST, sink(out)),
          FailureKind.WORKER_UNREACHABLE,
          "no more bytes within 1 s");
      done.countDown();
    }
  }

  @Test
  void workerThatStartsLateAndShowsThatItLivesIsWaitedFor() throws Exception {
    Duration limit = Duration.ofSeconds(3);
    try (FakeWorker worker =
            new FakeWorker(call -> {
              LockSupport.parkNanos(limit.multipliedBy(6).dividedBy(5).toNanos());
              call.stream();
              for (int i = 0; i < 6; i++) {
                LockSupport.parkNanos(limit.dividedBy(5).toNanos());
                call.event(new RunEvent.Alive());
              }
              call.event(new RunEvent.Exited(2, RESULT));
            });
        RunClient client =
            new RunClient(worker.uri(), Optional.empty(), new RunClient.Patience(limit, NONE))) {
      assertThat(client.run(REQUEST, sink(out))).isEqualTo(RESULT);
    }
  }

  @Test
  void brokenConnectionIsHadAgainAndNothingIsTakenTwice() throws IOException {
    List<String> notices = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    try (FakeWorker worker =
            new FakeWorker(call -> {
              switch (call.line()) {
                case "POST /v1/runs HTTP/1.1" ->
                    call.events(
                        new RunEvent.Started(1, "r1"), new RunEvent.Output(2, 1, bytes("one ")));
                case "GET /v1/runs/r1/events?after=2 HTTP/1.1" -> {
                  call.text("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                  call.event(new RunEvent.Output(2, 1, bytes("one ")));
                  call.event(new RunEvent.Output(3, 1, bytes("two ")));
                }
                case "GET /v1/runs/r1/events?after=3 HTTP/1.1" ->
                    call.events(
                        new RunEvent.Output(4, 1, bytes("three")), new RunEvent.Exited(5, RESULT));
                default -> throw new IOException(call.line());
              }
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.run(REQUEST, new RunClient.Sink(out, err, notices::add, ids::add)))
          .isEqualTo(RESULT);
      assertThat(worker.lines).noneMatch(line -> line.startsWith("DELETE"));
    }
    assertThat(out.toString(UTF_8)).isEqualTo("one two three");
    assertThat(notices).singleElement().asString().contains("looking for it");
    assertThat(ids).containsExactly("r1");
  }

  @Test
  void workerThatHasLostTheRunIsNotAskedAgain() throws IOException {
    byte[] refusal = WireJson.write(ApiError.of(FailureKind.NOT_FOUND, "no run"));
    try (FakeWorker worker =
            new FakeWorker(call -> {
              if (call.line().startsWith("POST")) {
                call.events(new RunEvent.Started(1, "r1"));
              } else {
                call.json(404, refusal);
              }
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertFails(
          () -> client.run(REQUEST, sink(out)), FailureKind.WORKER_UNREACHABLE, "run again");
    }
  }

  @Test
  void eventsThatAreLeftOutAreAFailure() throws IOException {
    assertRunFails(
        call ->
            call.events(new RunEvent.Started(1, "r1"), new RunEvent.Output(4, 1, bytes("late"))),
        FailureKind.WORKER_UNREACHABLE,
        "left out the events 2 to 3");
    assertThat(out.size()).isZero();
  }

  @Test
  void muchOutputIsAcknowledged() throws Exception {
    int piece = LazyfsdApi.ACKNOWLEDGE_BYTES;
    CountDownLatch end = new CountDownLatch(1);
    try (FakeWorker worker =
            new FakeWorker(call -> {
              call.stream();
              call.event(new RunEvent.Started(1, "r1"));
              call.event(new RunEvent.Output(2, 1, new byte[piece / 2]));
              call.event(new RunEvent.Output(3, 1, new byte[piece / 2]));
              await(end);
              call.event(new RunEvent.Exited(4, RESULT));
            });
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      Thread ending =
          Thread.ofVirtual()
              .name("ending")
              .start(() -> {
                while (!worker.lines.contains("DELETE /v1/runs/r1/events?through=3 HTTP/1.1")) {
                  LockSupport.parkNanos(1_000_000);
                }
                end.countDown();
              });
      assertThat(client.run(REQUEST, sink(out))).isEqualTo(RESULT);
      ending.join();
    }
  }

  @Test
  void outputThatFailsEndsTheRun() throws IOException {
    OutputStream failing =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    try (FakeWorker worker =
            new FakeWorker(call ->
                call.events(
                    new RunEvent.Started(1, "r1"), new RunEvent.Output(2, 1, new byte[1])));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThatThrownBy(() -> client.run(REQUEST, sink(failing))).hasMessage("Broken pipe");
      assertThat(worker.lines).contains("DELETE /v1/runs/r1 HTTP/1.1");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
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
    assertRunFails(
        call -> call.json(401, new byte[0]), FailureKind.UNAUTHORIZED, "correct SWAY_TOKEN");
  }

  @Test
  void nobodyThereIsWorkerUnreachable() throws IOException {
    FakeWorker gone = new FakeWorker(call -> {});
    gone.close();
    try (RunClient client = new RunClient(gone.uri(), Optional.empty())) {
      assertFails(
          () -> client.run(REQUEST, sink(out)),
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
                call.events(
                    new RunEvent.Output(1, 1, new byte[1]), new RunEvent.Exited(2, RESULT)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThatThrownBy(() -> client.run(REQUEST, sink(failing))).isSameAs(full);
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
            "done",
            List.of(new WorkerStatus.Source("blobd at x", "closed", 1, 2, 3, 0, 4, 5)));
    try (FakeWorker worker = new FakeWorker(call -> call.json(200, WireJson.write(status)));
        RunClient client = new RunClient(worker.uri(), Optional.empty())) {
      assertThat(client.status()).isEqualTo(status);
    }
  }

  private RunClient.Sink sink(OutputStream to) {
    return new RunClient.Sink(to, err);
  }

  private void assertRunFails(FakeWorker.Answer answer, FailureKind kind, String message)
      throws IOException {
    try (FakeWorker worker = new FakeWorker(answer);
        RunClient client = new RunClient(worker.uri(), Optional.of("secret"), ONCE)) {
      assertFails(() -> client.run(REQUEST, sink(out)), kind, message);
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
