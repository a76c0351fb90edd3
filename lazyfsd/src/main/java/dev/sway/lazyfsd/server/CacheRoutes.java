package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.CacheEvent;
import dev.sway.lazyfsd.api.CacheRequest;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.keep.ImageKeeper;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `/v1/cache`: what the cache holds, and which images are to be in it. All of it needs a token
/// where runs do.
///
/// Thread-safe. Closing it ends what is being fetched.
final class CacheRoutes implements AutoCloseable {
  private static final int MAX_REQUEST_BYTES = 4096;

  private final Program program;
  private final ImageKeeper keeper;
  private final BearerTokens tokens;
  private final Set<FutureTask<CacheResult>> fetching = ConcurrentHashMap.newKeySet();

  CacheRoutes(Program program, ImageKeeper keeper, BearerTokens tokens) {
    this.program = program;
    this.keeper = keeper;
    this.tokens = tokens;
  }

  /// What is done at once.
  @FunctionalInterface
  private interface Change {
    CacheResult make(String image) throws IOException;
  }

  /// What takes a while.
  @FunctionalInterface
  private interface Fetch {
    CacheResult run(String image, ImageKeeper.Watcher watcher)
        throws IOException, InterruptedException;
  }

  /// Adds the routes to `routing`.
  void addTo(HttpRouting.Builder routing) {
    routing
        .get(LazyfsdApi.CACHE, this::status)
        .post(LazyfsdApi.CACHE_PIN, change(keeper::pin))
        .post(LazyfsdApi.CACHE_UNPIN, change(keeper::unpin))
        .post(LazyfsdApi.CACHE_EVICT, change(keeper::evict))
        .post(LazyfsdApi.CACHE_WARM, fetch(keeper::warm))
        .post(LazyfsdApi.CACHE_PROMOTE, fetch(keeper::promote));
  }

  private void status(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    send(response, keeper.status());
  }

  private static void send(ServerResponse response, Object answer) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(WireJson.write(answer));
  }

  private String image(ServerRequest request) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    return JsonBody.read(request, CacheRequest.class, MAX_REQUEST_BYTES).image();
  }

  private Handler change(Change change) {
    return (request, response) -> {
      try {
        send(response, change.make(image(request)));
      } catch (SwayException e) {
        throw Answers.answerable(e);
      }
    };
  }

  private Handler fetch(Fetch fetch) {
    return (request, response) -> stream(image(request), fetch, response);
  }

  /// Shows how far it is once a second, also where nothing comes: a client can then tell a slow
  /// source from a dead worker. A client that goes away ends the fetch.
  private void stream(String image, Fetch fetch, ServerResponse response)
      throws IOException, InterruptedException {
    LastProgress last = new LastProgress();
    FutureTask<CacheResult> task = new FutureTask<>(() -> fetch.run(image, last));
    fetching.add(task);
    response.header(HeaderNames.CONTENT_TYPE, LazyfsdApi.EVENTS_MEDIA_TYPE);
    try (OutputStream out = response.outputStream()) {
      Thread.ofVirtual().name("cache-image").start(task);
      CacheEvent event;
      do {
        event = next(task, last);
        out.write(WireJson.write(event));
        out.write('\n');
        out.flush();
      } while (event instanceof CacheEvent.Progress);
    } finally {
      boolean cancelled = task.cancel(true);
      assert cancelled || task.isDone();
      fetching.remove(task);
    }
  }

  private CacheEvent next(FutureTask<CacheResult> task, LastProgress last)
      throws InterruptedException {
    try {
      return new CacheEvent.Done(task.get(1, TimeUnit.SECONDS));
    } catch (TimeoutException e) {
      return last.event();
    } catch (ExecutionException e) {
      SwayException failure = program.report(Objects.requireNonNullElse(e.getCause(), e));
      return new CacheEvent.Failed(failure.kind().word(), Answers.message(program, failure));
    } catch (CancellationException e) {
      return new CacheEvent.Failed(
          FailureKind.WORKER_UNREACHABLE.word(),
          "the worker is shutting down; what was fetched is kept, try again when it is back");
    }
  }

  /// How far a fetch is.
  private static final class LastProgress implements ImageKeeper.Watcher {
    private volatile CacheEvent.Progress event = new CacheEvent.Progress(0, 0);

    @Override
    public void progress(long chunks, long ofChunks) {
      event = new CacheEvent.Progress(chunks, ofChunks);
    }

    CacheEvent.Progress event() {
      return event;
    }
  }

  /// Idempotent.
  @Override
  public void close() {
    for (FutureTask<CacheResult> task : fetching) {
      boolean cancelled = task.cancel(true);
      assert cancelled || task.isDone();
    }
  }
}
