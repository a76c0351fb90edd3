package dev.sway.blobd.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Why a connection failed, in a few words; the JDK's client often says nothing or too much.
final class ConnectionFailure {
  private ConnectionFailure() {}

  static String reason(IOException thrown) {
    if (has(thrown, UnresolvedAddressException.class) || has(thrown, UnknownHostException.class)) {
      return "unknown host";
    }
    if (thrown instanceof HttpConnectTimeoutException) {
      return "no connection within " + HttpCaller.CONNECT_LIMIT.toSeconds() + " s";
    }
    String message = message(thrown);
    if (thrown instanceof HttpTimeoutException) {
      return message.isEmpty() || message.equals("request timed out")
          ? "no answer in time"
          : message;
    }
    if (thrown instanceof ConnectException) {
      return message.isEmpty() ? "connection refused" : message.toLowerCase(Locale.ROOT);
    }
    return message.isEmpty() ? "connection lost" : "connection lost: " + message;
  }

  private static String message(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        return cause.getMessage();
      }
    }
    return "";
  }

  private static boolean has(Throwable thrown, Class<? extends Throwable> type) {
    for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
