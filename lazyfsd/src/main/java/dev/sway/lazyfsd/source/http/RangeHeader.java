package dev.sway.lazyfsd.source.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The value of a `Range` header (RFC 9110, section 14.2) with which spans of a blob are asked for:
/// `bytes=A-B` or `bytes=A-B,C-D`, ascending, first and last position each. Several spans are
/// answered in one piece, from the first byte of the first to the last byte of the last, as the RFC
/// allows where what is between them is small (15.3.7.2).
public final class RangeHeader {
  /// How many spans one header has at most: more than neighbouring chunks of a request have gaps,
  /// and a header of at most two kilobytes.
  public static final int MAX_SPANS = 64;

  /// Positions of up to 18 digits are a `long`.
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

  private static final String UNIT = "bytes=";

  /// Longer than any that [#write] makes.
  private static final int MAX_LENGTH = UNIT.length() + MAX_SPANS * 38;

  private RangeHeader() {}

  /// The header that asks for `spans`, of which there are 1 to [#MAX_SPANS].
  static String write(List<Span> spans) {
    return spans.stream()
        .map(span -> span.offset() + "-" + (span.end() - 1))
        .collect(Collectors.joining(",", UNIT, ""));
  }

  /// Reads a header, whoever wrote it.
  ///
  /// @param longest how many bytes there may be from the first to the last
  /// @throws SwayException of kind `usage` where it is none of those described above: other forms
  ///   that the RFC has are not understood
  public static List<Span> parse(String header, int longest) throws SwayException {
    if (header.length() > MAX_LENGTH || !header.startsWith(UNIT)) {
      throw notOne();
    }
    List<Span> spans = new ArrayList<>();
    for (String text : header.substring(UNIT.length()).split(",", MAX_SPANS + 1)) {
      Matcher matcher = SPAN.matcher(text.strip());
      if (!matcher.matches() || spans.size() == MAX_SPANS) {
        throw notOne();
      }
      long first = Long.parseLong(matcher.group(1));
      long last = Long.parseLong(matcher.group(2));
      long begin = spans.isEmpty() ? first : spans.getFirst().offset();
      boolean ascends = spans.isEmpty() || first >= spans.getLast().end();
      if (last < first || !ascends) {
        throw notOne();
      }
      if (last - begin >= longest) {
        throw new SwayException(
            FailureKind.USAGE,
            "a range of %d bytes is longer than %d".formatted(last - begin + 1, longest));
      }
      spans.add(new Span(first, (int) (last - first + 1)));
    }
    return spans;
  }

  private static SwayException notOne() {
    return new SwayException(
        FailureKind.USAGE,
        "the range is none that is answered; use bytes=A-B, or up to "
            + MAX_SPANS
            + " such ranges in ascending order");
  }
}
