package dev.sway.lazyfsd.source.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The head of an HTTP/1.1 answer (RFC 9112), as far as one range needs it.
///
/// @param status 100 to 999
/// @param contentLength of the body in bytes; -1 where it is not said
/// @param contentRange the value of `Content-Range`; empty where there is none
/// @param encoded whether the body is in a transfer encoding, such as chunked
/// @param reusable whether the connection may be used again
record ResponseHead(
    int status, long contentLength, String contentRange, boolean encoded, boolean reusable) {
  private static final String VERSION = "HTTP/1.";
  private static final int STATUS_AT = "HTTP/1.1 ".length();
  private static final int MAX_LENGTH_DIGITS = 18;

  /// Reads the head at the start of `bytes`, and leaves the position after it.
  ///
  /// @return null where it is not complete; the position is then as it was
  /// @throws RangeFailure where this is no head
  static @Nullable ResponseHead parse(ByteBuffer bytes) throws RangeFailure {
    int start = bytes.position();
    int end = end(bytes);
    if (end < 0) {
      return null;
    }
    byte[] text = new byte[end - start];
    bytes.get(text);
    return parse(new String(text, StandardCharsets.ISO_8859_1));
  }

  /// Where the empty line ends, or -1.
  private static int end(ByteBuffer bytes) {
    for (int i = bytes.position() + 3; i < bytes.limit(); i++) {
      if (bytes.get(i) == '\n'
          && bytes.get(i - 1) == '\r'
          && bytes.get(i - 2) == '\n'
          && bytes.get(i - 3) == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  private static ResponseHead parse(String head) throws RangeFailure {
    int line = head.indexOf("\r\n");
    int status = status(head.substring(0, line));
    boolean reusable = head.charAt(VERSION.length()) == '1';
    long length = -1;
    String range = "";
    boolean encoded = false;
    for (int from = line + 2; from < head.length() - 2; ) {
      int to = head.indexOf("\r\n", from);
      int colon = head.indexOf(':', from);
      if (colon <= from || colon > to || head.charAt(from) == ' ' || head.charAt(from) == '\t') {
        throw noHead("a header that is none");
      }
      String value = head.substring(colon + 1, to).strip();
      switch (head.substring(from, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> {
          long said = length(value);
          if (length >= 0 && length != said) {
            throw noHead("two lengths");
          }
          length = said;
        }
        case "content-range" -> range = value;
        case "transfer-encoding" -> encoded = true;
        case "connection" -> reusable &= !value.toLowerCase(Locale.ROOT).contains("close");
        default -> {}
      }
      from = to + 2;
    }
    return new ResponseHead(status, length, range, encoded, reusable);
  }

  private static int status(String line) throws RangeFailure {
    if (!line.startsWith(VERSION)
        || line.length() < STATUS_AT + 3
        || line.charAt(STATUS_AT - 1) != ' ') {
      throw noHead("no status line");
    }
    int status = 0;
    for (int i = STATUS_AT; i < STATUS_AT + 3; i++) {
      int digit = line.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw noHead("no status");
      }
      status = status * 10 + digit;
    }
    return status;
  }

  private static long length(String value) throws RangeFailure {
    long length = 0;
    if (value.isEmpty() || value.length() > MAX_LENGTH_DIGITS) {
      throw noHead("no length");
    }
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw noHead("no length");
      }
      length = length * 10 + digit;
    }
    return length;
  }

  static RangeFailure noHead(String what) {
    return new RangeFailure(Blame.CONNECTION, "sent " + what + "; is it an HTTP server?");
  }

  /// Checks that a body follows which is `wanted`, whole and as it is.
  ///
  /// @throws RangeFailure where it is not
  void expect(BlobRange wanted) throws RangeFailure {
    if (status != 206) {
      throw new RangeFailure(blame(), "answered with status " + status);
    }
    String range = "bytes " + wanted + "/";
    String size = contentRange.startsWith(range) ? contentRange.substring(range.length()) : "";
    if (size.isEmpty()) {
      throw new RangeFailure(
          Blame.RANGE, "answered range " + wanted + " with '" + printable(contentRange) + "'");
    }
    if (!size.equals("*") && !size.equals(Long.toString(wanted.size()))) {
      throw new RangeFailure(
          Blame.BLOB, "has a blob of " + printable(size) + " bytes instead of " + wanted.size());
    }
    if (encoded || contentLength != wanted.length()) {
      throw new RangeFailure(
          Blame.RANGE,
          encoded
              ? "sent a range in a transfer encoding; is a proxy in between that changes it?"
              : "announced " + contentLength + " bytes instead of " + wanted.length());
    }
  }

  /// Whether the server has answered in full that it does not have what was asked for, in at most
  /// `longest` bytes, so that the connection is of use after them.
  boolean isShortRefusal(int longest) {
    return status >= 400
        && status < 500
        && reusable
        && !encoded
        && contentLength >= 0
        && contentLength <= longest;
  }

  /// What a status other than 206 means. One that says that the blob is whole, elsewhere, or not to
  /// be read is about the blob; what a server says in distress is about the server.
  private Blame blame() {
    return switch (status) {
      case 401, 407 -> Blame.TOKEN;
      case 404, 410 -> Blame.ABSENT;
      case 416 -> Blame.ABSENT_RANGE;
      case 408, 425, 429 -> Blame.CONNECTION;
      default -> status >= 200 && status < 500 ? Blame.BLOB : Blame.CONNECTION;
    };
  }

  private static String printable(String value) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(value.length(), 64); i++) {
      char c = value.charAt(i);
      text.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return text.toString();
  }
}
