package dev.sway.blobd.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/// The calling end of one of sway's HTTP APIs: sends requests with a token, and turns every way in
/// which a call can fail into a [SwayException].
///
/// - Nobody answers, or the connection breaks: the peer's own unreachable kind, with what to do.
/// - An error answer: the kind that the server names, with its message and the server's address;
///   401 is `unauthorized`; a fault of the server itself counts as unreachable.
///
/// Thread-safe. Requests may run at the same time on any kind of thread. Connections are kept and
/// used again; a `GET`, `HEAD` or `PUT` whose connection breaks is sent once more, as that changes
/// neither what happens nor what is answered.
public final class HttpCaller implements AutoCloseable {
  /// How long to wait for a connection.
  public static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

  /// How long to wait for an answer's headers, and then for each next part of its body.
  public static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

  private static final int MAX_ERROR_BYTES = 64 << 10;

  /// The server called, as far as messages need to know it.
  ///
  /// @param program its name, such as `blobd`
  /// @param unreachable the kind of failure where it does not answer
  /// @param remedy what the user can do then: `start it with '...', or set ...`
  /// @param token where the caller has its token from, such as `SWAY_TOKEN`
  public record Peer(String program, FailureKind unreachable, String remedy, String token) {}

  private final Peer peer;
  private final URI base;
  private final Optional<String> token;
  private final Duration answerLimit;
  private final ExecutorService threads;
  private final HttpClient client;
  private final BodyGuard guard;

  /// A caller of `peer` at `base`.
  ///
  /// @param base `http://` on loopback or `https://`, with or without a path
  /// @param token sent as bearer token with every request
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public HttpCaller(Peer peer, URI base, Optional<String> token) throws SwayException {
    this(peer, base, token, ANSWER_LIMIT);
  }

  /// Like [#HttpCaller(Peer, URI, Optional)] with another limit than [#ANSWER_LIMIT].
  public HttpCaller(Peer peer, URI base, Optional<String> token, Duration answerLimit)
      throws SwayException {
    this.peer = peer;
    this.base = ServerUrl.check(peer.program(), base);
    this.token = token;
    this.answerLimit = answerLimit;
    if (token.isPresent() && !token.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new SwayException(
          FailureKind.USAGE,
          "the token for "
              + this
              + " has a character that is not visible ASCII; check "
              + peer.token());
    }
    threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name(peer.program() + "-client-", 0).factory());
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_LIMIT)
            .executor(threads);
    if (this.base.getScheme().equals("http")) {
      builder.sslContext(withoutTrust());
    }
    client = builder.build();
    guard = new BodyGuard(peer.program() + "-client-guard", answerLimit);
  }

  /// A context that trusts nobody. Without one the client loads the JDK's trust store when it is
  /// made, which a caller without TLS would pay for and never use; redirects are not followed, so
  /// that no `https://` address comes up later.
  private static SSLContext withoutTrust() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /// The address called, without a trailing slash.
  public URI base() {
    return base;
  }

  /// A request to `path`, which starts with a slash and is percent-encoded where needed. It carries
  /// the token, and waits [#ANSWER_LIMIT] for the answer's headers unless its `timeout` is set
  /// again.
  public HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(answerLimit);
    token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    return request;
  }

  /// Sends a request and returns the answer, if it is a success. A body that stops coming for
  /// [#ANSWER_LIMIT] is a failure.
  public HttpAnswer send(HttpRequest request) throws SwayException {
    HttpResponse<InputStream> response;
    try {
      response = exchange(request);
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SwayException(peer.unreachable(), this + ": interrupted while waiting for it", e);
    }
    InputStream body = guard.guard(response.body(), this::unreachable);
    HttpAnswer answer = new HttpAnswer(toString(), response.statusCode(), response.headers(), body);
    if (answer.status() >= 200 && answer.status() < 300) {
      return answer;
    }
    throw refusal(answer);
  }

  /// Sends a request and reads the answer's JSON body of at most `maxBytes`.
  public <T> T json(HttpRequest request, Class<T> type, int maxBytes) throws IOException {
    try (HttpAnswer answer = send(request)) {
      return json(answer.bytes(maxBytes), type);
    }
  }

  /// Reads JSON that was answered.
  public <T> T json(byte[] body, Class<T> type) throws SwayException {
    try {
      return WireJson.read(body, type, "the answer");
    } catch (SwayException e) {
      throw new SwayException(
          peer.unreachable(),
          this + " sent something else than expected; is it one? " + e.getMessage(),
          e);
    }
  }

  private HttpResponse<InputStream> exchange(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return client.send(request, BodyHandlers.ofInputStream());
    } catch (HttpTimeoutException | ConnectException e) {
      throw e;
    } catch (IOException e) {
      // A kept connection may have been closed by a server that was restarted in between.
      if (!mayBeSentAgain(request)) {
        throw e;
      }
      return client.send(request, BodyHandlers.ofInputStream());
    }
  }

  private static boolean mayBeSentAgain(HttpRequest request) {
    boolean conditional =
        Stream.of("If-Match", "If-None-Match")
            .anyMatch(name -> request.headers().firstValue(name).isPresent());
    return switch (request.method()) {
      case "GET", "HEAD" -> true;
      case "PUT" -> !conditional;
      default -> false;
    };
  }

  private SwayException refusal(HttpAnswer answer) {
    if (answer.status() == 401) {
      closeQuietly(answer);
      return new SwayException(
          FailureKind.UNAUTHORIZED,
          token.isPresent()
              ? this + " refused the token; correct " + peer.token()
              : this + " needs a token; give one in " + peer.token());
    }
    ApiError.Detail detail;
    try (answer) {
      detail = WireJson.read(answer.bytes(MAX_ERROR_BYTES), ApiError.class, "the error").error();
    } catch (IOException e) {
      return new SwayException(
          peer.unreachable(),
          "%s answered with status %d and no reason of its own; %s"
              .formatted(this, answer.status(), peer.remedy()),
          e);
    }
    FailureKind kind = FailureKind.ofWord(detail.kind()).orElse(FailureKind.INTERNAL);
    return kind == FailureKind.INTERNAL
        ? new SwayException(
            peer.unreachable(), "%s has a fault: %s".formatted(this, detail.message()))
        : new SwayException(kind, "%s (%s)".formatted(detail.message(), this));
  }

  private static void closeQuietly(HttpAnswer answer) {
    try {
      answer.close();
    } catch (IOException e) {
      // What the answer says is known; a connection that breaks now is not used again anyway.
      return;
    }
  }

  private SwayException unreachable(IOException thrown) {
    if (thrown instanceof SwayException failure) {
      return failure;
    }
    return new SwayException(
        peer.unreachable(),
        "%s cannot be reached (%s); %s"
            .formatted(this, ConnectionFailure.reason(thrown), peer.remedy()),
        thrown);
  }

  /// Ends what is under way, and frees threads and connections. Idempotent.
  @Override
  public void close() {
    client.shutdownNow();
    threads.shutdownNow();
    guard.close();
  }

  @Override
  public String toString() {
    return peer.program() + " at " + base;
  }
}
