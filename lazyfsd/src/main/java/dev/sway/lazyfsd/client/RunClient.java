package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.api.WorkerStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Optional;

/// A client of one worker.
///
/// Thread-safe; runs may go on at the same time. A failure is a [SwayException]:
/// `worker-unreachable` where nobody answers, where the connection breaks or where the answer is
/// not a worker's, else the kind that the worker names.
public final class RunClient implements AutoCloseable {
  /// A worker, as far as messages need to know it.
  static final HttpCaller.Peer WORKER =
      new HttpCaller.Peer(
          "lazyfsd",
          FailureKind.WORKER_UNREACHABLE,
          "start it with 'lazyfsd serve', or set WORKER_URL");

  private static final int MAX_STATUS_BYTES = 64 << 10;

  /// How long a worker may take until its first event: it fetches the index and mounts the image.
  /// After that one comes each second.
  private static final Duration START_LIMIT = Duration.ofMinutes(5);

  private final HttpCaller caller;

  /// A client of the worker at `base`.
  ///
  /// @param base `http://` on loopback or `https://`
  /// @param token the bearer token, needed only where the worker asks for one
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public RunClient(URI base, Optional<String> token) throws SwayException {
    this(base, token, HttpCaller.ANSWER_LIMIT);
  }

  RunClient(URI base, Optional<String> token, Duration silenceLimit) throws SwayException {
    caller = new HttpCaller(WORKER, base, token, silenceLimit);
  }

  /// Runs a container and returns how it ended. Closing this client, or the end of this process,
  /// ends the container too.
  ///
  /// @param stdout gets what the container writes there, as it writes it; flushed after each piece
  /// @param stderr likewise
  /// @throws SwayException where the container could not be started or was lost
  /// @throws IOException of `stdout` or `stderr`, unchanged, where one of them fails
  public RunResult run(RunRequest run, OutputStream stdout, OutputStream stderr)
      throws IOException {
    HttpRequest request =
        caller
            .request(LazyfsdApi.RUNS)
            .timeout(START_LIMIT)
            .POST(BodyPublishers.ofByteArray(body(run)))
            .header("Content-Type", "application/json")
            .header("Accept", LazyfsdApi.EVENTS_MEDIA_TYPE)
            .build();
    try (HttpAnswer answer = caller.send(request)) {
      EventReader<RunEvent> events =
          new EventReader<>(answer.body(), RunEvent.class, answer.from());
      for (Optional<RunEvent> next = events.next(); next.isPresent(); next = events.next()) {
        switch (next.get()) {
          case RunEvent.Started _, RunEvent.Alive _ -> {}
          case RunEvent.Output output -> write(output, stdout, stderr);
          case RunEvent.Exited exited -> {
            return exited.result();
          }
          case RunEvent.Failed failed ->
              throw new SwayException(
                  FailureKind.ofWord(failed.kind()).orElse(FailureKind.INTERNAL), failed.message());
        }
      }
      throw new SwayException(
          FailureKind.WORKER_UNREACHABLE,
          "%s: the worker ended the connection before the run did; look at its log, then run again"
              .formatted(answer.from()));
    }
  }

  /// What the worker is doing.
  public WorkerStatus status() throws IOException {
    return caller.json(
        caller.request(LazyfsdApi.STATUS).build(), WorkerStatus.class, MAX_STATUS_BYTES);
  }

  private static byte[] body(RunRequest run) throws SwayException {
    byte[] body = WireJson.write(run);
    if (body.length > LazyfsdApi.MAX_REQUEST_BYTES) {
      throw new SwayException(
          FailureKind.USAGE,
          "script, arguments and environment make a request of %d bytes, more than %d; put data into the image or into files"
              .formatted(body.length, LazyfsdApi.MAX_REQUEST_BYTES));
    }
    return body;
  }

  private static void write(RunEvent.Output output, OutputStream stdout, OutputStream stderr)
      throws IOException {
    OutputStream to = output.stream() == 2 ? stderr : stdout;
    to.write(output.data());
    to.flush();
  }

  /// Ends what is under way and closes the connections. Idempotent.
  @Override
  public void close() {
    caller.close();
  }

  @Override
  public String toString() {
    return caller.toString();
  }
}
