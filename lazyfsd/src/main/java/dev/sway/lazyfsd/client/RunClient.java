package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
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
import java.util.function.Consumer;

/// A client of one worker.
///
/// Thread-safe; runs may go on at the same time. A failure is a [SwayException]:
/// `worker-unreachable` where nobody answers, where the connection breaks and cannot be had again,
/// or where the answer is not a worker's, else the kind that the worker names.
public final class RunClient implements AutoCloseable {
  /// A worker, as far as messages need to know it.
  static final HttpCaller.Peer WORKER =
      new HttpCaller.Peer(
          "lazyfsd",
          FailureKind.WORKER_UNREACHABLE,
          "start it with 'lazyfsd serve', or set WORKER_URL",
          "SWAY_TOKEN or a token file");

  private static final int MAX_STATUS_BYTES = 64 << 10;

  /// How long a worker may take until its first event: it fetches the index and mounts the image.
  /// After that one comes each second.
  private static final Duration START_LIMIT = Duration.ofMinutes(5);

  private final HttpCaller caller;
  private final Patience patience;

  /// How a client waits.
  ///
  /// @param silence how long nothing may come before the connection counts as broken
  /// @param reconnect how long to try to have a broken connection again
  public record Patience(Duration silence, Duration reconnect) {
    /// That of the programs. Workers wait as long for their clients.
    public static final Patience USUAL =
        new Patience(HttpCaller.ANSWER_LIMIT, Duration.ofSeconds(60));
  }

  /// A client of the worker at `base`.
  ///
  /// @param base `http://` on loopback or `https://`
  /// @param token the bearer token, needed only where the worker asks for one
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public RunClient(URI base, Optional<String> token) throws SwayException {
    this(base, token, Patience.USUAL);
  }

  /// Likewise, with another patience.
  public RunClient(URI base, Optional<String> token, Patience patience) throws SwayException {
    this.patience = patience;
    caller = new HttpCaller(WORKER, base, token, patience.silence());
  }

  /// Where a run's output goes.
  ///
  /// @param stdout gets what the container writes there, as it writes it; flushed after each piece
  /// @param stderr likewise
  /// @param notices gets a line where the connection is lost and looked for again
  /// @param id gets the run's id as soon as it has one
  public record Sink(
      OutputStream stdout, OutputStream stderr, Consumer<String> notices, Consumer<String> id) {
    /// Without notices.
    public Sink(OutputStream stdout, OutputStream stderr) {
      this(stdout, stderr, line -> {}, id -> {});
    }
  }

  /// Runs a container and returns how it ended. A connection that breaks is looked for again, and
  /// the output goes on where it was. Where `sink` fails the run is ended; where this process ends,
  /// some time later.
  ///
  /// @throws SwayException where the container could not be started or was lost
  /// @throws IOException of the sink, unchanged, where one of its streams fails
  public RunResult run(RunRequest run, Sink sink) throws IOException {
    HttpRequest request =
        caller
            .request(LazyfsdApi.RUNS)
            .timeout(START_LIMIT)
            .POST(BodyPublishers.ofByteArray(body(run)))
            .header("Content-Type", "application/json")
            .header("Accept", LazyfsdApi.EVENTS_MEDIA_TYPE)
            .build();
    try (RunReception reception = new RunReception(caller, sink)) {
      try (HttpAnswer answer = caller.send(request)) {
        reception.take(answer);
      }
      Reconnection reconnection = new Reconnection(patience.reconnect());
      while (reception.result().isEmpty()) {
        reconnection.goOn(caller, reception);
      }
      return reception.result().get();
    }
  }

  /// Ends a run; does nothing where it has ended already.
  public void end(String id) throws IOException {
    HttpRequest request = caller.request(LazyfsdApi.run(id)).DELETE().build();
    try (HttpAnswer _ = caller.send(request)) {
      return;
    } catch (SwayException e) {
      if (e.kind() != FailureKind.NOT_FOUND) {
        throw e;
      }
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
