package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.RequestBody;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;

/// JSON that a client posts.
final class JsonBody {
  private JsonBody() {}

  /// The body of `request`, at most `limit` bytes, which must say that it is JSON: a web page of
  /// another origin can post a form here without asking, but not that.
  ///
  /// @throws SwayException of kind `usage` where it is something else
  static <T> T read(ServerRequest request, Class<T> type, int limit) throws IOException {
    String media = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    if (!media.startsWith("application/json")) {
      throw new SwayException(
          FailureKind.USAGE, "the request's Content-Type must be application/json");
    }
    return RequestBody.json(request, type, limit);
  }
}
