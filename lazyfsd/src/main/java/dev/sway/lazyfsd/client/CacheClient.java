package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.CacheEvent;
import dev.sway.lazyfsd.api.CacheRequest;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.api.LazyfsdApi;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// A client of one worker's cache. An image is `NAME[:TAG]` or the `sha256:...` of a manifest.
///
/// Thread-safe. A failure is a [SwayException]: `worker-unreachable` where nobody answers, else the
/// kind that the worker names.
public final class CacheClient implements AutoCloseable {
  private static final int MAX_RESULT_BYTES = 64 << 10;

  /// How long a change may take: the worker may have to fetch the image's index, or punch as many
  /// holes as its cache has chunks.
  private static final Duration CHANGE_LIMIT = Duration.ofMinutes(5);

  private final HttpCaller caller;

  /// A client of the worker at `base`.
  ///
  /// @param base `http://` on loopback or `https://`
  /// @param token the bearer token, needed only where the worker asks for one
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public CacheClient(URI base, Optional<String> token) throws SwayException {
    caller = new HttpCaller(RunClient.WORKER, base, token);
  }

  /// What the cache holds.
  public CacheStatus status() throws IOException {
    return caller.json(
        caller.request(LazyfsdApi.CACHE).build(),
        CacheStatus.class,
        LazyfsdApi.MAX_CACHE_STATUS_BYTES);
  }

  /// Nothing of the image is evicted from now on.
  public CacheResult pin(String image) throws IOException {
    return change(LazyfsdApi.CACHE_PIN, image);
  }

  /// The image may be evicted again.
  public CacheResult unpin(String image) throws IOException {
    return change(LazyfsdApi.CACHE_UNPIN, image);
  }

  /// What is there of the image goes; where `image` is empty, all that no pinned image needs.
  public CacheResult evict(String image) throws IOException {
    return change(LazyfsdApi.CACHE_EVICT, image);
  }

  /// Fetches what is missing of the image. Closing this client, or the end of this process, ends
  /// that; what was fetched is kept.
  ///
  /// @param watcher gets told about once a second how far it is
  public CacheResult warm(String image, Consumer<CacheEvent.Progress> watcher) throws IOException {
    return fetch(LazyfsdApi.CACHE_WARM, image, watcher);
  }

  /// Like [#warm], verifies all that is there, and pins it: from then on it needs no server.
  public CacheResult promote(String image, Consumer<CacheEvent.Progress> watcher)
      throws IOException {
    return fetch(LazyfsdApi.CACHE_PROMOTE, image, watcher);
  }

  private HttpRequest.Builder post(String path, String image) {
    return caller
        .request(path)
        .timeout(CHANGE_LIMIT)
        .POST(BodyPublishers.ofByteArray(WireJson.write(new CacheRequest(image))))
        .header("Content-Type", "application/json");
  }

  private CacheResult change(String path, String image) throws IOException {
    return caller.json(post(path, image).build(), CacheResult.class, MAX_RESULT_BYTES);
  }

  private CacheResult fetch(String path, String image, Consumer<CacheEvent.Progress> watcher)
      throws IOException {
    HttpRequest request = post(path, image).header("Accept", LazyfsdApi.EVENTS_MEDIA_TYPE).build();
    try (HttpAnswer answer = caller.send(request)) {
      EventReader<CacheEvent> events =
          new EventReader<>(
              answer.body(),
              line -> WireJson.read(line, CacheEvent.class, "an event"),
              answer.from());
      for (Optional<CacheEvent> next = events.next(); next.isPresent(); next = events.next()) {
        switch (next.get()) {
          case CacheEvent.Progress progress -> watcher.accept(progress);
          case CacheEvent.Done done -> {
            return done.result();
          }
          case CacheEvent.Failed failed ->
              throw new SwayException(
                  FailureKind.ofWord(failed.kind()).orElse(FailureKind.INTERNAL), failed.message());
        }
      }
      throw new SwayException(
          FailureKind.WORKER_UNREACHABLE,
          "%s: the worker ended the connection before it was done; look at its log, then try again: what was fetched is kept"
              .formatted(answer.from()));
    }
  }

  /// Ends what is under way and closes the connections. Idempotent.
  @Override
  public void close() {
    caller.close();
  }
}
