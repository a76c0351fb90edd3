package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.run.RunService;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;

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
    RunService.Prepared run = runs.prepare(wanted);
    response.header(HeaderNames.CONTENT_TYPE, LazyfsdApi.EVENTS_MEDIA_TYPE);
    try (OutputStream out = response.outputStream()) {
      try {
        run.run(event -> write(out, event));
      } catch (IOException | RuntimeException e) {
        SwayException failure = program.report(e);
        write(out, new RunEvent.Failed(failure.kind().word(), failure.getMessage()));
      }
    }
  }

  /// A web page of another origin can post a form here without asking, but not JSON.
  private static void requireJson(ServerRequest request) throws SwayException {
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!type.startsWith("application/json")) {
      throw new SwayException(
          FailureKind.USAGE, "the request's Content-Type must be application/json");
    }
  }

  private static void write(OutputStream out, RunEvent event) throws IOException {
    out.write(WireJson.write(event));
    out.write('\n');
    out.flush();
  }
}
