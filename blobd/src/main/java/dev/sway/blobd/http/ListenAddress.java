package dev.sway.blobd.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a server listens: a loopback address of this machine and a port.
///
/// @param option that says so, for errors
/// @param host as the user wrote it, without brackets
/// @param address what it means
/// @param port 0 to 65535; 0 takes a free one
public record ListenAddress(String option, String host, InetAddress address, int port) {
  private static final Pattern SYNTAX =
      Pattern.compile("(?:\\[(?<v6>[0-9a-fA-F:.]+)]|(?<host>[A-Za-z0-9._-]+)):(?<port>[0-9]{1,5})");
  private static final int MAX_PORT = 65_535;

  /// Reads the `HOST:PORT` of `--listen`.
  ///
  /// @throws SwayException as [#parse(String, String)]
  public static ListenAddress parse(String text) throws SwayException {
    return parse("--listen", text);
  }

  /// Reads the `HOST:PORT` of `option`; an IPv6 address is in brackets.
  ///
  /// @throws SwayException of kind `usage` where the text is something else, the host is unknown,
  ///   or it is not a loopback address: this version speaks no TLS
  public static ListenAddress parse(String option, String text) throws SwayException {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > MAX_PORT) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' is not an address to listen on; use HOST:PORT such as 127.0.0.1:8443 or [::1]:8443"
              .formatted(text));
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new SwayException(
          FailureKind.USAGE, "the host in '%s' is unknown; use 127.0.0.1".formatted(text), e);
    }
    if (!address.isLoopbackAddress()) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' is not a loopback address, and this version has no TLS; listen on 127.0.0.1 and put a TLS proxy in front"
              .formatted(text));
    }
    return new ListenAddress(option, host, address, Integer.parseInt(matcher.group("port")));
  }

  /// The address that clients call, with the port that was really taken.
  public URI uri(int boundPort) {
    return URI.create(
        "http://%s:%d".formatted(host.indexOf(':') < 0 ? host : "[" + host + "]", boundPort));
  }

  @Override
  public String toString() {
    return uri(port).getAuthority();
  }
}
