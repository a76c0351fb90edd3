package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.run.RunService;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// `POST /v1/runs`: runs what is asked for and streams what happens, one event a line.
///
/// What is wrong before the container is started is an error answer; what goes wrong after, a
/// `failed` event.
final class RunRoute implements Handler {
  private final Program program;
  private final RunService runs;
  private final BearerTokens tokens;

  RunRoute(Program program, RunService runs, BearerTokens tokens) {
    this.program = program;
    this.runs = runs;
    this.tokens = tokens;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    requireJson(request);
    RunRequest wanted = RequestBody.json(request, RunRequest.class, LazyfsdApi.MAX_REQUEST_BYTES);
    RunService.Prepared run = prepare(wanted);
    response.header(HeaderNames.CONTENT_TYPE, LazyfsdApi.EVENTS_MEDIA_TYPE);
    try (EventStream events = new EventStream(response.outputStream(), EventStream.SILENCE)) {
      try {
        run.run(events);
      } catch (IOException | RuntimeException e) {
        SwayException failure = program.report(e);
        if (!events.fail(new RunEvent.Failed(failure.kind().word(), message(failure)))) {
          // A cancelled run does not wait for an event that its client does not read.
          throw new CloseConnectionException("the client reads no more", e);
        }
      }
    }
  }

  /// Helidon takes a failure whose cause is a socket's for that of the client's connection, and
  /// closes it without an answer: a blobd that is down is another socket's.
  private RunService.Prepared prepare(RunRequest wanted) throws IOException {
    try {
      return runs.prepare(wanted);
    } catch (SwayException e) {
      SwayException answerable = new SwayException(e.kind(), e.getMessage());
      answerable.addSuppressed(e);
      throw answerable;
    }
  }

  /// A fault's particulars are the operator's, who has been told.
  private String message(SwayException failure) {
    return failure.kind() == FailureKind.INTERNAL
        ? "internal fault; " + program.name() + "'s log says more"
        : failure.getMessage();
  }

  /// A web page of another origin can post a form here without asking, but not JSON.
  private static void requireJson(ServerRequest request) throws SwayException {
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!type.startsWith("application/json")) {
      throw new SwayException(
          FailureKind.USAGE, "the request's Content-Type must be application/json");
    }
  }
}
