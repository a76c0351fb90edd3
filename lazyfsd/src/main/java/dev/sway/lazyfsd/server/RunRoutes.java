package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunList;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.run.RunService;
import dev.sway.lazyfsd.run.WatcherGoneException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// The routes of runs, all guarded by the same tokens.
///
/// What is wrong before a container is started is an error answer; what goes wrong after, a
/// `failed` event.
final class RunRoutes {
  private static final String ONE = LazyfsdApi.RUNS + "/{id}";
  private static final String EVENTS = ONE + "/events";

  private final Program program;
  private final RunService runs;
  private final BearerTokens tokens;

  RunRoutes(Program program, RunService runs, BearerTokens tokens) {
    this.program = program;
    this.runs = runs;
    this.tokens = tokens;
  }

  /// Adds the routes.
  void addTo(HttpRouting.Builder routing) {
    routing
        .post(LazyfsdApi.RUNS, this::run)
        .get(
            LazyfsdApi.RUNS,
            (request, response) -> {
              check(request);
              json(response, new RunList(runs.list()));
            })
        .get(
            ONE,
            (request, response) -> {
              check(request);
              json(response, runs.info(id(request)));
            })
        .delete(
            ONE,
            (request, response) -> {
              check(request);
              runs.end(id(request));
              response.status(Status.NO_CONTENT_204).send();
            })
        .get(
            EVENTS,
            (request, response) -> {
              check(request);
              long after = number(request, "after");
              String id = id(request);
              // While an error can still be the answer.
              runs.requireEvents(id, after);
              stream(response, id, after);
            })
        .delete(
            EVENTS,
            (request, response) -> {
              check(request);
              runs.acknowledge(id(request), number(request, "through"));
              response.status(Status.NO_CONTENT_204).send();
            });
  }

  private void check(ServerRequest request) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
  }

  private static String id(ServerRequest request) {
    return request.path().pathParameters().get("id");
  }

  private static long number(ServerRequest request, String name) throws SwayException {
    String text = request.query().first(name).orElse("0");
    if (!text.matches("[0-9]{1,18}")) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' must be the number of an event, from 0 on, in decimal".formatted(name));
    }
    return Long.parseLong(text);
  }

  private static void json(ServerResponse response, Object value) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(WireJson.write(value));
  }

  private void run(ServerRequest request, ServerResponse response) throws IOException {
    check(request);
    RunRequest wanted = JsonBody.read(request, RunRequest.class, LazyfsdApi.MAX_REQUEST_BYTES);
    RunService.Prepared run = prepare(wanted);
    run.start();
    stream(response, run.id(), 0);
  }

  private void stream(ServerResponse response, String id, long after) throws IOException {
    response.header(HeaderNames.CONTENT_TYPE, LazyfsdApi.EVENTS_MEDIA_TYPE);
    EventStream events =
        new EventStream(program, response.outputStream(), after, EventStream.SILENCE);
    try {
      runs.follow(id, after, events);
    } catch (WatcherGoneException e) {
      throw new CloseConnectionException("run " + id + " is not watched here any more", e);
    } finally {
      events.end();
    }
  }

  private RunService.Prepared prepare(RunRequest wanted) throws IOException {
    try {
      return runs.prepare(wanted);
    } catch (SwayException e) {
      throw Answers.answerable(e);
    }
  }
}
