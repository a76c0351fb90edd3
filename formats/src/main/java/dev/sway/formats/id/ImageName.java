package dev.sway.formats.id;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.Locale;
import java.util.regex.Pattern;

/// The name of an image, `NAME[:TAG]`, with docker's grammar: lower-case path components joined by
/// `/`, a tag that defaults to `latest`. At most 200 characters in all, so that it fits a file name
/// even when escaped.
///
/// @param name the part before the colon
/// @param tag the part after it
public record ImageName(String name, String tag) implements Comparable<ImageName> {
  /// The tag of a name that has none.
  public static final String DEFAULT_TAG = "latest";

  private static final int MAX_LENGTH = 200;
  private static final Pattern NAME =
      Pattern.compile(
          "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  public ImageName {
    if (name.length() + 1 + tag.length() > MAX_LENGTH
        || !NAME.matcher(name).matches()
        || !TAG.matcher(tag).matches()) {
      throw new IllegalArgumentException("not an image name: " + name + ":" + tag);
    }
  }

  /// Reads `NAME[:TAG]`.
  ///
  /// @throws SwayException of kind `usage` where `text` is not an image name
  public static ImageName parse(String text) throws SwayException {
    int colon = text.lastIndexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String tag = colon < 0 ? DEFAULT_TAG : text.substring(colon + 1);
    try {
      return new ImageName(name, tag);
    } catch (IllegalArgumentException e) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' is not an image name; use NAME[:TAG] with lower-case letters, digits, '.', '_', '-' and '/', at most %d characters"
              .formatted(
                  text.length() > MAX_LENGTH ? text.substring(0, 40) + "..." : text, MAX_LENGTH),
          e);
    }
  }

  /// A name for what lies in a folder called `folder`: its characters that a name cannot have
  /// become `-`.
  public static ImageName forFolder(String folder) {
    String plain =
        folder.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    String bounded = plain.substring(0, Math.min(plain.length(), 100)).replaceAll("-+$", "");
    return new ImageName(bounded.isEmpty() ? "image" : bounded, DEFAULT_TAG);
  }

  @Override
  public int compareTo(ImageName other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return name + ":" + tag;
  }
}
