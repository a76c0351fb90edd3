package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.api.TraceList;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// A client of the traces that one worker has.
///
/// Thread-safe. A failure is a [SwayException]: `worker-unreachable` where nobody answers, else the
/// kind that the worker names.
public final class TraceClient implements AutoCloseable {
  private static final int MAX_LIST_BYTES = 1 << 20;

  private final HttpCaller caller;

  /// A client of the worker at `base`.
  ///
  /// @param base `http://` on loopback or `https://`
  /// @param token the bearer token, needed only where the worker asks for one
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public TraceClient(URI base, Optional<String> token) throws SwayException {
    caller = new HttpCaller(RunClient.WORKER, base, token);
  }

  /// What there is, the latest first.
  public List<TraceInfo> list() throws IOException {
    try (HttpAnswer answer = caller.send(caller.request(LazyfsdApi.TRACES).build())) {
      byte[] body = answer.bytes(MAX_LIST_BYTES);
      try {
        return caller.json(body, TraceList.class).traces();
      } catch (SwayException e) {
        return caller.json(body, TraceList.Older.class).list().traces();
      }
    }
  }

  /// The file of a run's trace.
  ///
  /// @param run its id
  public byte[] file(String run) throws IOException {
    try (HttpAnswer answer = caller.send(caller.request(LazyfsdApi.TRACES + "/" + run).build())) {
      return answer.bytes(TraceInfo.MAX_BYTES);
    }
  }

  @Override
  public void close() {
    caller.close();
  }
}
