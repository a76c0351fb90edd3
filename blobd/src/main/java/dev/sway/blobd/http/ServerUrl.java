package dev.sway.blobd.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/// Which addresses a client may call: `https://` anywhere, plain `http://` only on this machine.
public final class ServerUrl {
  private ServerUrl() {}

  /// Reads the address of a `program`, as a user writes it.
  ///
  /// @throws SwayException of kind `usage` where it is not such an address
  public static URI parse(String program, String text) throws SwayException {
    try {
      return check(program, new URI(text));
    } catch (URISyntaxException e) {
      throw notOne(program, text, e);
    }
  }

  /// `url` without a trailing slash.
  ///
  /// @throws SwayException of kind `usage` where it is not such an address
  static URI check(String program, URI url) throws SwayException {
    String scheme = url.getScheme() == null ? "" : url.getScheme();
    String host = url.getHost();
    if (!(scheme.equals("http") || scheme.equals("https"))
        || host == null
        || url.getRawQuery() != null
        || url.getRawFragment() != null
        || url.getRawUserInfo() != null) {
      throw notOne(program, url.toString(), null);
    }
    if (scheme.equals("http") && !isLoopback(host)) {
      throw new SwayException(
          FailureKind.USAGE,
          "%s at %s would be called without TLS; use https:// for any host but this one"
              .formatted(program, url));
    }
    return URI.create(url.toString().replaceAll("/+$", ""));
  }

  private static SwayException notOne(String program, String text, @Nullable Exception cause) {
    return new SwayException(
        FailureKind.USAGE,
        "'%s' is not the address of a %s; use http://127.0.0.1:PORT or https://HOST[:PORT]"
            .formatted(text, program),
        cause);
  }

  /// Whether `host` is `localhost` or a literal loopback address. A name is never resolved for
  /// this: what it means may change between the check and the call.
  private static boolean isLoopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    if (!literal.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      return false;
    }
    try {
      return InetAddress.ofLiteral(literal).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
