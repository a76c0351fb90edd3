package dev.sway.blobd.server;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/// What the routes have in common.
final class Answers {
  private Answers() {}

  static void json(ServerResponse response, Object value) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(WireJson.write(value));
  }

  /// The digest in the path.
  static Digest digest(ServerRequest request) throws SwayException {
    String text = request.path().pathParameters().get("digest");
    return Digest.parse(text)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.USAGE,
                "'%s' is not a digest; use sha256: and 64 lower-case hexadecimal digits"
                    .formatted(text.substring(0, Math.min(80, text.length())))));
  }
}
