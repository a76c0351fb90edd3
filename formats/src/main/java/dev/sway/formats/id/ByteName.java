package dev.sway.formats.id;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A name as the file system has it: bytes in no particular encoding. Used for directory entries
/// and extended attributes.
///
/// Immutable; ordered by unsigned bytes, a shorter name before a longer one that starts with it, as
/// LMDB orders keys.
public final class ByteName implements Comparable<ByteName> {
  /// The longest name that Linux has, in bytes.
  public static final int MAX_BYTES = 255;

  private final byte[] bytes;

  private ByteName(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The name with these bytes, which are copied.
  public static ByteName of(byte[] bytes) {
    return new ByteName(bytes.clone());
  }

  /// The name with the bytes `from` (inclusive) to `to` (exclusive) of `bytes`, which are copied.
  public static ByteName of(byte[] bytes, int from, int to) {
    return new ByteName(Arrays.copyOfRange(bytes, from, to));
  }

  /// The name that `text` is in UTF-8.
  public static ByteName of(String text) {
    return new ByteName(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A copy of the bytes.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// Copies the bytes into `target` from `at` on; answers where they end there.
  public int copyTo(byte[] target, int at) {
    System.arraycopy(bytes, 0, target, at, bytes.length);
    return at + bytes.length;
  }

  /// How many bytes it has.
  public int length() {
    return bytes.length;
  }

  /// The byte at `index`.
  public byte at(int index) {
    return bytes[index];
  }

  /// Whether `wanted` is among its bytes.
  public boolean contains(byte wanted) {
    for (byte b : bytes) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  /// Whether it starts with the ASCII text `prefix`.
  public boolean startsWith(String prefix) {
    boolean same = bytes.length >= prefix.length();
    for (int i = 0; same && i < prefix.length(); i++) {
      same = bytes[i] == prefix.charAt(i);
    }
    return same;
  }

  /// The name without its first `count` bytes.
  public ByteName withoutFirst(int count) {
    return of(bytes, count, bytes.length);
  }

  @Override
  public int compareTo(ByteName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteName name && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// The name for people: printable ASCII and valid UTF-8 as it is, any other byte as `\xHH`.
  @Override
  public String toString() {
    return printable(bytes);
  }

  /// `bytes` for people: what is valid UTF-8 and printable as it is, any other byte as `\xHH`.
  public static String printable(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean plain = text.chars().noneMatch(c -> Character.isISOControl(c) || c == 0xFFFD);
    if (plain) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    for (byte b : bytes) {
      if (b >= 0x20 && b < 0x7f) {
        escaped.append((char) b);
      } else {
        escaped.append("\\x%02x".formatted(b & 0xff));
      }
    }
    return escaped.toString();
  }
}
