package dev.sway.blobd.server;

import dev.sway.blobd.http.RequestBody;
import dev.sway.formats.failure.SwayException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;

/// Takes bodies that are too long for memory.
final class Upload {
  private Upload() {}

  /// Puts a body where it belongs.
  @FunctionalInterface
  interface Store {
    /// Answers whether it is new.
    boolean put(InputStream body) throws IOException;
  }

  /// Has a body of at most `limit` bytes stored, and answers whether it is new.
  static void receive(ServerRequest request, ServerResponse response, long limit, Store store)
      throws IOException {
    boolean created;
    try {
      created = store.put(RequestBody.stream(request, limit));
    } catch (SwayException e) {
      if (e.getCause() instanceof ClosedByInterruptException) {
        // Not the store's fault, and nobody's error: what was written is removed already.
        throw new CloseConnectionException("blobd is shutting down", e);
      }
      throw e;
    }
    response.status(created ? Status.CREATED_201 : Status.OK_200).send();
  }
}
