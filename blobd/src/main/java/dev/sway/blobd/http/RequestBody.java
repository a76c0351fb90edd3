package dev.sway.blobd.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.stream.BlockInputStream;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;

/// Bodies of requests, bounded.
public final class RequestBody {
  /// How much of a body that is refused is read nonetheless: a client that is still sending when
  /// the connection ends would not get to see why.
  private static final long REFUSED_BYTES = 32L << 20;

  private RequestBody() {}

  /// A filter that refuses bodies longer than `limit` bytes with status 413, and those of unknown
  /// length with 411: Helidon reads each chunk of such a body into memory as a whole, whatever
  /// length the client gives it.
  static Filter bounded(long limit) {
    return (chain, request, response) -> {
      requireLength(request);
      requireAtMost(limit, request);
      chain.proceed();
    };
  }

  private static void requireLength(ServerRequest request) {
    if (request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
      throw new HttpException(
          "a body needs a Content-Length; chunked bodies are not taken",
          Status.LENGTH_REQUIRED_411,
          false);
    }
  }

  /// Reads some of the body of a request that is refused; whether that was all of it, so that what
  /// follows is another request.
  static boolean drained(ServerRequest request) {
    return !request.headers().contains(HeaderNames.TRANSFER_ENCODING)
        && drain(request) == request.headers().contentLength().orElse(0);
  }

  private static void requireAtMost(long limit, ServerRequest request) {
    long length = request.headers().contentLength().orElse(0);
    if (length > limit) {
      throw new HttpException(
          "the body is longer than %d bytes".formatted(limit),
          Status.REQUEST_ENTITY_TOO_LARGE_413,
          drained(request));
    }
  }

  /// Reads some of a body that nobody wants; answers how much.
  private static long drain(ServerRequest request) {
    try {
      return stream(request).skip(REFUSED_BYTES);
    } catch (IOException e) {
      throw new CloseConnectionException("the client broke off its request", e);
    }
  }

  /// The body as a stream, whose length the server's own limit bounds. Where the client breaks off,
  /// the read ends the request and the connection with it: there is nobody left to answer.
  public static InputStream stream(ServerRequest request) {
    return request.content().hasEntity()
        ? new Body(request.content().inputStream())
        : InputStream.nullInputStream();
  }

  /// The body as a stream of at most `limit` bytes.
  public static InputStream stream(ServerRequest request, long limit) {
    requireAtMost(limit, request);
    return stream(request);
  }

  /// The whole body, at most `limit` bytes.
  public static byte[] bytes(ServerRequest request, int limit) throws IOException {
    requireAtMost(limit, request);
    return stream(request).readNBytes(limit);
  }

  /// A JSON body of at most `limit` bytes.
  ///
  /// @throws SwayException of kind `usage` where it is something else
  public static <T> T json(ServerRequest request, Class<T> type, int limit) throws IOException {
    byte[] bytes = bytes(request, limit);
    if (bytes.length == 0) {
      throw new SwayException(FailureKind.USAGE, "the request needs a JSON body");
    }
    return WireJson.read(bytes, type, "the body");
  }

  private static final class Body extends BlockInputStream {
    private final InputStream in;

    Body(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return in.read(bytes, offset, length);
      } catch (HttpException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        throw new CloseConnectionException("the client broke off its request", e);
      }
    }
  }
}
