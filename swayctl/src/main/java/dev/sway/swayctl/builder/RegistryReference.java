package dev.sway.swayctl.builder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.regex.Pattern;

/// `docker://NAME`, which names an image in a registry as skopeo does.
///
/// @param name of the image: `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`
public record RegistryReference(String name) {
  private static final String SCHEME = "docker://";
  private static final int MAX_LENGTH = 512;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9\\[][A-Za-z0-9._:/@\\[\\]-]*");
  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]+)?/.*");

  /// What a reference looks like.
  public static final String SYNTAX = SCHEME + "[HOST[:PORT]/]NAME[:TAG]";

  /// Whether `text` names an image in a registry, well or not.
  public static boolean isOne(String text) {
    return text.startsWith(SCHEME);
  }

  /// Reads `docker://NAME`.
  ///
  /// @throws SwayException of kind `usage` where there is no such name
  public static RegistryReference parse(String text) throws SwayException {
    String name = isOne(text) ? text.substring(SCHEME.length()) : "";
    if (name.length() > MAX_LENGTH || !NAME.matcher(name).matches()) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' names no image in a registry; use %s"
              .formatted(
                  text.length() > MAX_LENGTH ? text.substring(0, 40) + "..." : text, SYNTAX));
    }
    return new RegistryReference(name);
  }

  /// Whether the registry is on this very machine: only there HTTP without TLS is safe.
  boolean isLoopback() {
    return LOOPBACK.matcher(name).matches();
  }

  /// The last part of the name, without tag and digest.
  public String shortName() {
    String path = name.replaceAll("@.*$", "");
    return path.substring(path.lastIndexOf('/') + 1).replaceAll(":.*$", "");
  }

  @Override
  public String toString() {
    return SCHEME + name;
  }
}
