package dev.sway.swayctl.config;

import java.nio.file.Path;
import java.util.Map;

/// Where the user's own files are, after the XDG Base Directory Specification.
///
/// @param config for settings: `$XDG_CONFIG_HOME/sway`, else `~/.config/sway`
/// @param state for what is remembered: `$XDG_STATE_HOME/sway`, else `~/.local/state/sway`
/// @param temporary for what is needed while a command runs: `$TMPDIR`, else the system's
public record UserFolders(Path config, Path state, Path temporary) {
  /// The folders of the user with these environment variables.
  public static UserFolders of(Map<String, String> environment) {
    Path home = absolute(environment, "HOME", Path.of(System.getProperty("user.home")));
    return new UserFolders(
        absolute(environment, "XDG_CONFIG_HOME", home.resolve(".config")).resolve("sway"),
        absolute(environment, "XDG_STATE_HOME", home.resolve(".local/state")).resolve("sway"),
        absolute(environment, "TMPDIR", Path.of(System.getProperty("java.io.tmpdir"))));
  }

  /// The specification has relative paths ignored.
  private static Path absolute(Map<String, String> environment, String name, Path otherwise) {
    Path path = Path.of(environment.getOrDefault(name, ""));
    return path.isAbsolute() ? path : otherwise;
  }
}
