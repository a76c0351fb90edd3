package dev.sway.lazyfsd.source.http;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// Asks one server for ranges of blobs: HTTP/1.1 on connections that are kept, and nothing more
/// than that needs. Redirects are not followed, proxies of the environment are not used.
///
/// The first two hundred ranges take a third of the CPU that they take with a general client, and
/// more than a second less (`docs/design/0010-sources.md`); a cold run makes about that many.
///
/// Thread-safe; [#close] is idempotent.
public final class RangeClient implements AutoCloseable {
  private final Origin origin;
  private final String requestStart;
  private final String requestEnd;
  private final @Nullable SSLSocketFactory tls;
  private final ConnectionPool idle;

  /// A client of the server at `base`.
  ///
  /// @param program what the server is called in errors
  /// @param base `https://`, or `http://` on loopback, with or without a path
  /// @param token sent as bearer token with every request
  /// @param maxIdle how many idle connections are kept
  /// @throws SwayException of kind `usage` where the address or the token cannot be used
  public static RangeClient open(String program, URI base, Optional<String> token, int maxIdle)
      throws SwayException {
    Origin origin = Origin.of(program, base);
    return new RangeClient(origin, token, maxIdle, origin.tls() ? trusted() : null);
  }

  /// Like [#open] with certificates that this context trusts.
  static RangeClient trusting(SSLContext context, URI base) throws SwayException {
    return new RangeClient(
        Origin.of("mirror", base), Optional.empty(), 1, context.getSocketFactory());
  }

  private RangeClient(
      Origin origin, Optional<String> token, int maxIdle, @Nullable SSLSocketFactory tls)
      throws SwayException {
    this.origin = origin;
    this.tls = tls;
    if (token.isPresent() && !token.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new SwayException(
          FailureKind.USAGE,
          "the token has a character that is not visible ASCII; check SWAY_TOKEN");
    }
    requestStart = "GET " + origin.prefix() + BlobdApi.BLOBS + "/";
    requestEnd =
        "\r\nHost: "
            + origin.authority()
            + token.map(text -> "\r\nAuthorization: Bearer " + text).orElse("")
            + "\r\n\r\n";
    idle = new ConnectionPool(maxIdle);
  }

  private static SSLSocketFactory trusted() {
    try {
      return SSLContext.getDefault().getSocketFactory();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /// A call that is still to be made.
  ///
  /// @param target room for exactly the range; used until the call has ended
  public RangeCall call(BlobRange wanted, ByteBuffer target) {
    if (target.remaining() != wanted.length()) {
      throw new IllegalArgumentException("no room for exactly " + wanted);
    }
    return new RangeCall(this, wanted, target);
  }

  byte[] request(BlobRange wanted) {
    return (requestStart
            + wanted.blob()
            + " HTTP/1.1\r\nRange: "
            + RangeHeader.write(wanted.needed())
            + requestEnd)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  HttpConnection newConnection() {
    return new HttpConnection(tls == null ? new PlainWire(origin) : new TlsWire(origin, tls));
  }

  ConnectionPool idle() {
    return idle;
  }

  /// Closes the connections that are idle; those in use are closed when their calls end.
  @Override
  public void close() {
    idle.close();
  }
}
