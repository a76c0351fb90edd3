package dev.sway.lazyfsd.source.http;

import dev.sway.blobd.http.ServerUrl;
import dev.sway.formats.failure.SwayException;
import java.net.URI;

/// A server that has blobs.
///
/// @param tls whether it is called with TLS
/// @param host a name or a literal address, without brackets
/// @param port of it
/// @param authority host and port as a `Host` header has them
/// @param prefix of every path, empty or beginning with a slash, percent-encoded
record Origin(boolean tls, String host, int port, String authority, String prefix) {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  /// @throws SwayException of kind `usage` where this is no `https://` address, and no `http://`
  ///   address of this machine
  static Origin of(String program, URI url) throws SwayException {
    URI base = ServerUrl.parse(program, url.toString());
    boolean tls = base.getScheme().equals("https");
    String host = base.getHost();
    int port = base.getPort();
    return new Origin(
        tls,
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        port >= 0 ? port : tls ? HTTPS_PORT : HTTP_PORT,
        port >= 0 ? host + ":" + port : host,
        base.getRawPath());
  }
}
