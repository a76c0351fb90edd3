package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
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
    RunRequest wanted = JsonBody.read(request, RunRequest.class, LazyfsdApi.MAX_REQUEST_BYTES);
    RunService.Prepared run = prepare(wanted);
    response.header(HeaderNames.CONTENT_TYPE, LazyfsdApi.EVENTS_MEDIA_TYPE);
    try (EventStream events = new EventStream(response.outputStream(), EventStream.SILENCE)) {
      try {
        run.run(events);
      } catch (IOException | RuntimeException e) {
        SwayException failure = program.report(e);
        if (!events.fail(new RunEvent.Failed(failure.kind().word(), message(program, failure)))) {
          // A cancelled run does not wait for an event that its client does not read.
          throw new CloseConnectionException("the client reads no more", e);
        }
      }
    }
  }

  private RunService.Prepared prepare(RunRequest wanted) throws IOException {
    try {
      return runs.prepare(wanted);
    } catch (SwayException e) {
      throw answerable(e);
    }
  }

  /// The same failure without its cause. Helidon takes one whose cause is a socket's for that of
  /// the client's connection, and closes it without an answer: a blobd that is down is another
  /// socket's.
  static SwayException answerable(SwayException failure) {
    SwayException answerable = new SwayException(failure.kind(), failure.getMessage());
    answerable.addSuppressed(failure);
    return answerable;
  }

  /// A fault's particulars are the operator's, who has been told.
  static String message(Program program, SwayException failure) {
    return failure.kind() == FailureKind.INTERNAL
        ? "internal fault; " + program.name() + "'s log says more"
        : failure.getMessage();
  }
}
