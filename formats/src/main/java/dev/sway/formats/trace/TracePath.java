package dev.sway.formats.trace;

import dev.sway.formats.id.ByteName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Paths as traces and profiles write them: names joined by `/`, with `%XX` (upper case) for `%`
/// and for each byte of a name that is not valid UTF-8 as a whole. So every path that a file system
/// can have is a text, and comes back.
public final class TracePath {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final ByteName THIS = ByteName.of(".");
  private static final ByteName PARENT = ByteName.of("..");

  private TracePath() {}

  /// The absolute path of `names` from the root down.
  public static String of(List<ByteName> names) {
    StringBuilder path = new StringBuilder();
    for (ByteName name : names) {
      path.append('/');
      append(path, name.bytes());
    }
    return path.isEmpty() ? "/" : path.toString();
  }

  /// `parent` with one more name.
  public static String child(String parent, ByteName name) {
    StringBuilder path = new StringBuilder(parent.equals("/") ? "" : parent);
    append(path.append('/'), name.bytes());
    return path.toString();
  }

  private static void append(StringBuilder path, byte[] name) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
      path.append(text.replace("%", "%25"));
    } catch (CharacterCodingException e) {
      for (byte b : name) {
        path.append('%').append(HEX.toHexDigits(b));
      }
    }
  }

  /// The names in `path`.
  ///
  /// @throws IllegalArgumentException where it is no path as [#of] writes them
  public static List<ByteName> names(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("no absolute path: '" + path + "'");
    }
    List<ByteName> names = new ArrayList<>();
    if (path.length() == 1) {
      return names;
    }
    for (int start = 1; start <= path.length(); ) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      String text = path.substring(start, end);
      ByteName name = name(text);
      if (name.length() == 0
          || name.length() > ByteName.MAX_BYTES
          || name.contains((byte) 0)
          || name.contains((byte) '/')
          || name.equals(THIS)
          || name.equals(PARENT)) {
        throw new IllegalArgumentException("no name in a path: '" + text + "'");
      }
      names.add(name);
      start = end + 1;
    }
    return names;
  }

  /// Checks that `path` is as [#of] writes it: of each path there is one spelling.
  ///
  /// @throws IllegalArgumentException where it is not
  public static void check(String path) {
    if (!isPlain(path) && !of(names(path)).equals(path)) {
      throw new IllegalArgumentException("not as a path is written: '" + path + "'");
    }
  }

  /// Whether `path` is in ASCII, has no escape, and is a path: most are, and this takes no memory.
  private static boolean isPlain(String path) {
    if (path.length() < 2 || path.charAt(0) != '/') {
      return false;
    }
    int start = 1;
    for (int at = 1; at <= path.length(); at++) {
      char character = at == path.length() ? '/' : path.charAt(at);
      if (character == '/') {
        int length = at - start;
        if (length == 0 || length > ByteName.MAX_BYTES || path.startsWith(".", start)) {
          return false;
        }
        start = at + 1;
      } else if (character == 0 || character == '%' || character > 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static ByteName name(String text) {
    if (text.indexOf('%') < 0) {
      return ByteName.of(text);
    }
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[encoded.length];
    int length = 0;
    for (int at = 0; at < encoded.length; at++) {
      if (encoded[at] == '%') {
        int high = at + 2 <= encoded.length - 1 ? digit(encoded[at + 1]) : -1;
        int low = at + 2 <= encoded.length - 1 ? digit(encoded[at + 2]) : -1;
        if (high < 0 || low < 0) {
          throw new IllegalArgumentException("no escape in a path: '" + text + "'");
        }
        bytes[length++] = (byte) (high << 4 | low);
        at += 2;
      } else {
        bytes[length++] = encoded[at];
      }
    }
    return ByteName.of(bytes, 0, length);
  }

  private static int digit(byte character) {
    return character >= '0' && character <= '9'
        ? character - '0'
        : character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
  }
}
