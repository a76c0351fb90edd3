package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.http.ApiError;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.lazyfsd.api.CacheEvent;
import dev.sway.lazyfsd.api.CacheRequest;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CacheTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private static final CacheResult RESULT = new CacheResult("app", DIGEST, 3, 4_200_000, 9_000_000);

  @TempDir Path root;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private WebServer worker;
  private User user;

  /// What the worker says to requests of one path.
  private record Answer(int status, String body) {}

  @BeforeEach
  void worker() throws IOException {
    worker =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .routing(routing -> routing.any(this::serve))
            .build()
            .start();
    user = new User(root).worker(URI.create("http://127.0.0.1:" + worker.port()));
  }

  @AfterEach
  void stop() {
    worker.stop();
  }

  private void answer(String path, int status, String body) {
    answers.put(path, new Answer(status, body));
  }

  private void serve(ServerRequest request, ServerResponse response) throws IOException {
    String path = request.path().path();
    byte[] body = request.content().hasEntity() ? request.content().as(byte[].class) : new byte[0];
    asked.add(
        path
            + " "
            + (body.length == 0
                ? ""
                : WireJson.read(body, CacheRequest.class, "the request").image()));
    Answer answer = answers.getOrDefault(path, new Answer(404, ""));
    response.status(answer.status()).send(answer.body().getBytes(UTF_8));
  }

  private static String json(Object value) {
    return new String(WireJson.write(value), UTF_8);
  }

  private Outcome cache(String... arguments) throws IOException {
    String[] all = new String[arguments.length + 1];
    all[0] = "cache";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return user.call(Swayctl::run, all);
  }

  @Test
  void statusShowsLimitsAndPinnedImages() throws IOException {
    CacheStatus status =
        new CacheStatus(
            "/cache",
            20_000_000_000L,
            0.1,
            1_500_000,
            40,
            100,
            2,
            7,
            1_400_000,
            0,
            1,
            List.of(
                new CacheStatus.PinnedImage(List.of("app:1"), DIGEST, 9_000_000, true),
                new CacheStatus.PinnedImage(List.of(), DIGEST, 5, false)));
    answer(LazyfsdApi.CACHE, 200, json(status));
    Outcome text = cache("status");
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out())
        .contains(
            "/cache",
            "1.5 MB on the disk, 7 chunks of 2 packs",
            "at most 20.0 GB; 10.0 % of the disk stay free, 40.0 % are",
            "promoted  app:1, 9.0 MB, sha256:abababababab",
            "pinned    " + DIGEST + ", 5 B");
    assertThat(cache("status", "--json").out().strip()).isEqualTo(json(status));
  }

  @Test
  void imagesArePinnedUnpinnedAndEvictedOneAfterTheOther() throws IOException {
    answer(LazyfsdApi.CACHE_PIN, 200, json(RESULT));
    answer(LazyfsdApi.CACHE_UNPIN, 200, json(RESULT));
    answer(LazyfsdApi.CACHE_EVICT, 200, json(RESULT));
    assertThat(cache("pin", "a", "b:1").out())
        .isEqualTo("pinned app, %s\n".formatted(DIGEST).repeat(2));
    assertThat(cache("unpin", "a").out()).startsWith("unpinned app");
    assertThat(cache("evict", "a").out()).isEqualTo("evicted 4.2 MB in 3 chunks of app\n");
    assertThat(cache("evict", "--all", "--json").out().strip())
        .isEqualTo("{\"images\":[%s]}".formatted(json(RESULT)));
    assertThat(asked)
        .containsExactly(
            LazyfsdApi.CACHE_PIN + " a",
            LazyfsdApi.CACHE_PIN + " b:1",
            LazyfsdApi.CACHE_UNPIN + " a",
            LazyfsdApi.CACHE_EVICT + " a",
            LazyfsdApi.CACHE_EVICT + " ");
  }

  @Test
  void nothingToEvictIsAskedFor() throws IOException {
    assertThat(cache("evict").code()).isEqualTo(FailureKind.USAGE.exitCode());
    assertThat(cache("evict", "app", "--all").code()).isEqualTo(FailureKind.USAGE.exitCode());
    assertThat(cache("warm").code()).isEqualTo(FailureKind.USAGE.exitCode());
  }

  @Test
  void warmAndPromoteFollowTheWorkersEventsAndShowThemOnATerminal() throws IOException {
    String events =
        json(new CacheEvent.Progress(0, 0))
            + "\n"
            + json(new CacheEvent.Progress(5, 9))
            + "\n"
            + json(new CacheEvent.Done(RESULT))
            + "\n";
    answer(LazyfsdApi.CACHE_WARM, 200, events);
    answer(LazyfsdApi.CACHE_PROMOTE, 200, events);
    Outcome warmed = cache("warm", "app");
    assertThat(warmed.out())
        .isEqualTo("app: fetched 4.2 MB of 9.0 MB in 3 chunks, the rest was there\n");
    assertThat(warmed.err()).isEmpty();
    user.terminal = true;
    Outcome promoted = cache("promote", "app");
    assertThat(promoted.out())
        .startsWith("app: needs no server any more; fetched 4.2 MB of 9.0 MB");
    assertThat(promoted.err()).isEqualTo("\rapp: 5 of 9 chunks\r\033[K");
  }

  @Test
  void failuresOfTheWorkerAreThoseOfTheCommand() throws IOException {
    answer(LazyfsdApi.CACHE_WARM, 200, json(new CacheEvent.Failed("storage", "it is full")) + "\n");
    answer(LazyfsdApi.CACHE_PROMOTE, 200, json(new CacheEvent.Progress(1, 2)) + "\n");
    answer(
        LazyfsdApi.CACHE_EVICT,
        409,
        json(ApiError.of(FailureKind.IN_USE, "'app' is pinned; unpin it")));
    Outcome full = cache("warm", "app");
    assertThat(full.code()).isEqualTo(FailureKind.STORAGE.exitCode());
    assertThat(full.failures()).containsExactly("swayctl: it is full");
    Outcome cut = cache("promote", "app");
    assertThat(cut.code()).isEqualTo(FailureKind.WORKER_UNREACHABLE.exitCode());
    assertThat(cut.failures()).singleElement().asString().contains("ended the connection");
    assertThat(cache("evict", "app").code()).isEqualTo(FailureKind.IN_USE.exitCode());
  }
}
