package dev.sway.formats.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.Locale;
import java.util.regex.Pattern;

/// What an image of a multi-platform index runs on (OCI image specification 1.1, "Image Index").
///
/// @param os as Go names it
/// @param architecture as Go names it
/// @param variant of the architecture; empty where any will do
public record Platform(String os, String architecture, String variant) {
  private static final Pattern SYNTAX =
      Pattern.compile("([a-z0-9_]{1,32})/([a-z0-9_]{1,32})(?:/([a-z0-9_.]{1,32}))?");

  /// Reads `OS/ARCH[/VARIANT]`; the kernel's names of architectures are taken, too.
  ///
  /// @throws SwayException of kind `usage`
  public static Platform parse(String text) throws SwayException {
    var parts = SYNTAX.matcher(text);
    if (!parts.matches()) {
      throw new SwayException(
          FailureKind.USAGE,
          "--platform: '%s' names no platform; use OS/ARCH[/VARIANT], such as linux/arm64"
              .formatted(text.length() > 100 ? text.substring(0, 40) + "..." : text));
    }
    String variant = parts.group(3);
    return new Platform(parts.group(1), go(parts.group(2)), variant == null ? "" : variant);
  }

  /// This machine's.
  static Platform machine() {
    return new Platform("linux", go(System.getProperty("os.arch").toLowerCase(Locale.ROOT)), "");
  }

  /// The platform that a descriptor or an image configuration names.
  static Platform of(JsonNode node) {
    return new Platform(
        node.path("os").asText(),
        node.path("architecture").asText(),
        node.path("variant").asText());
  }

  private static String go(String architecture) {
    return switch (architecture) {
      case "aarch64" -> "arm64";
      case "x86_64" -> "amd64";
      default -> architecture;
    };
  }

  /// Whether an image for `other` will do.
  boolean accepts(Platform other) {
    return os.equals(other.os)
        && architecture.equals(other.architecture)
        && (variant.isEmpty() || variant.equals(other.variant));
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
