package dev.sway.blobd.http;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.InternalServerException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Objects;

/// Makes every error answer an [ApiError], and tells the operator of the server's own faults in one
/// line each on stderr. A fault's particulars never reach the client.
final class ErrorAnswers {
  private static final String JSON = "application/json";

  private final Program program;

  ErrorAnswers(Program program) {
    this.program = program;
  }

  /// The filter around all others: answers what they and the routes throw, and ends the connection
  /// where the answer says so, or the client wants it. Helidon only says so, and goes on to read
  /// what follows as another request, were it the body of one that was refused.
  void around(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    try {
      chain.proceed();
    } catch (CloseConnectionException | RequestException e) {
      throw e;
    } catch (RuntimeException e) {
      if (!response.resetStream()) {
        throw new CloseConnectionException("an answer failed in its middle", e);
      }
      boolean wraps = e instanceof InternalServerException && e.getCause() != null;
      answer(request, response, wraps ? Objects.requireNonNull(e.getCause()) : e);
    }
    if (response.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      throw new CloseConnectionException("the answer says that the connection ends");
    }
  }

  /// Answers what a handler has thrown.
  void answer(ServerRequest request, ServerResponse response, Throwable thrown) {
    if (thrown instanceof HttpException http) {
      if (!http.keepAlive()) {
        response.header(HeaderValues.CONNECTION_CLOSE);
      }
      send(response, http.status(), body(http.status(), request.path().path(), http));
      return;
    }
    SwayException failure = Failures.of(thrown);
    Status status = Status.create(ApiError.status(failure.kind()));
    if (status.family() == Status.Family.SERVER_ERROR) {
      program.report(thrown);
    }
    if (status.code() == Status.UNAUTHORIZED_401.code()) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"" + program.name() + "\"");
    }
    send(response, status, body(failure));
  }

  private ApiError body(SwayException failure) {
    return failure.kind() == FailureKind.INTERNAL
        ? ApiError.of(
            FailureKind.INTERNAL, "internal fault; " + program.name() + "'s log says more")
        : ApiError.of(failure.kind(), failure.getMessage());
  }

  private static ApiError body(Status status, String path, HttpException thrown) {
    return status.code() == Status.NOT_FOUND_404.code()
        ? ApiError.of(FailureKind.NOT_FOUND, "there is nothing at " + path + " for this method")
        : ApiError.of(kind(status), String.valueOf(thrown.getMessage()));
  }

  private static void send(ServerResponse response, Status status, ApiError error) {
    response.status(status).header(HeaderNames.CONTENT_TYPE, JSON).send(WireJson.write(error));
  }

  /// Handlers of what goes wrong before a request reaches its route, such as a malformed header.
  DirectHandlers direct() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(
          type,
          (_, _, status, headers, _) ->
              DirectHandler.TransportResponse.builder()
                  .status(status)
                  .headers(headers)
                  .header(HeaderNames.CONTENT_TYPE, JSON)
                  .keepAlive(type.keepAlive())
                  .entity(
                      WireJson.write(ApiError.of(kind(status), "HTTP: " + status.reasonPhrase())))
                  .build());
    }
    return handlers.build();
  }

  private static FailureKind kind(Status status) {
    if (status.code() == Status.NOT_FOUND_404.code()) {
      return FailureKind.NOT_FOUND;
    }
    return status.family() == Status.Family.SERVER_ERROR ? FailureKind.INTERNAL : FailureKind.USAGE;
  }
}
