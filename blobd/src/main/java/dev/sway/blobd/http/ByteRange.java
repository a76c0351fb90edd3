package dev.sway.blobd.http;

import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a `Range` header asks of a body of known length (RFC 9110, section 14).
///
/// Exact for a single range of bytes: `bytes=A-B`, `bytes=A-`, `bytes=-N`. A last position beyond
/// the end means the end. Several ranges at once are answered as unsatisfiable rather than with a
/// multipart body that no client of ours reads; a header that is malformed or of another unit is
/// ignored, as the RFC asks. Positions of any number of digits are understood.
public sealed interface ByteRange {
  /// The whole body: status 200.
  record Whole() implements ByteRange {}

  /// The bytes `first` to `last`, both included: status 206.
  record Part(long first, long last) implements ByteRange {
    /// How many bytes this is, at least 1.
    public long length() {
      return last - first + 1;
    }

    /// The value of `Content-Range` for a body of `total` bytes.
    public String contentRange(long total) {
      return "bytes %d-%d/%d".formatted(first, last, total);
    }
  }

  /// Nothing that exists: status 416.
  record Unsatisfiable() implements ByteRange {
    /// The value of `Content-Range` for a body of `total` bytes.
    public String contentRange(long total) {
      return "bytes */" + total;
    }
  }

  /// What `header` asks of a body of `length` bytes; no header asks for the whole.
  static ByteRange parse(Optional<String> header, long length) {
    if (header.isEmpty()) {
      return new Whole();
    }
    Matcher set = Syntax.SET.matcher(header.get());
    if (!set.matches()) {
      return new Whole();
    }
    if (set.group("more") != null) {
      return new Unsatisfiable();
    }
    String first = set.group("first");
    String last = set.group("last");
    String suffix = set.group("suffix");
    if (suffix != null) {
      long count = Syntax.number(suffix);
      return count == 0 || length == 0
          ? new Unsatisfiable()
          : new Part(Math.max(0, length - count), length - 1);
    }
    if (!last.isEmpty() && new BigInteger(last).compareTo(new BigInteger(first)) < 0) {
      return new Whole();
    }
    long from = Syntax.number(first);
    if (from >= length) {
      return new Unsatisfiable();
    }
    return new Part(from, last.isEmpty() ? length - 1 : Math.min(Syntax.number(last), length - 1));
  }
}

/// The grammar of the header; an interface cannot keep it to itself.
final class Syntax {
  /// One range, or one and more that need not be looked at. Header lines are at most 16 KiB long,
  /// and the pattern never tries a character twice.
  static final Pattern SET =
      Pattern.compile(
          "(?i:bytes)=[ \\t]*+(?:(?<first>[0-9]++)-(?<last>[0-9]*+)|-(?<suffix>[0-9]++))[ \\t]*+(?<more>,[-0-9, \\t]*+)?");

  private static final int SAFE_DIGITS = 18;

  private Syntax() {}

  /// The number these digits write, or the greatest `long` where it is greater.
  static long number(String digits) {
    String plain = digits.replaceFirst("^0+(?=.)", "");
    return plain.length() > SAFE_DIGITS ? Long.MAX_VALUE : Long.parseLong(plain);
  }
}
