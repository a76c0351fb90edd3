package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.TraceList;
import dev.sway.lazyfsd.learn.Learning;
import dev.sway.lazyfsd.run.RunId;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// `/v1/traces`: what runs have touched, and waited for. All of it needs a token where runs do.
final class TraceRoutes {
  private final Learning learning;
  private final BearerTokens tokens;

  TraceRoutes(Learning learning, BearerTokens tokens) {
    this.learning = learning;
    this.tokens = tokens;
  }

  /// Adds the routes.
  void addTo(HttpRouting.Builder routing) {
    routing.get(LazyfsdApi.TRACES, this::list).get(LazyfsdApi.TRACES + "/{id}", this::one);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    response
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(WireJson.write(new TraceList(learning.traces())));
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    String id = request.path().pathParameters().get("id");
    if (!RunId.isOne(id)) {
      throw new SwayException(
          FailureKind.USAGE, "'%s' is no run's id, which is 12 hexadecimal digits".formatted(id));
    }
    byte[] trace =
        learning
            .trace(id)
            .orElseThrow(() ->
                new SwayException(
                    FailureKind.NOT_FOUND,
                    "there is no trace of a run '%s', or not any more; 'swayctl trace ls' lists them (GET %s)"
                        .formatted(id, LazyfsdApi.TRACES)));
    response.header(HeaderNames.CONTENT_TYPE, "application/zstd").send(trace);
  }
}
