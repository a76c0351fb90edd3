package dev.sway.swayctl.builder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.source.Platform;
import dev.sway.swayctl.export.CleanUp;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Pulls images from registries with skopeo, which knows their protocols, the user's credentials
/// (`REGISTRY_AUTH_FILE` or where `skopeo login` left them) and mirrors.
public final class RegistryPull {
  /// The name of the image in the layout that it is pulled to.
  public static final String TAG = "pulled";

  private static final Pattern LOGGED = Pattern.compile("msg=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

  private final Map<String, String> environment;

  /// @param environment of the user, handed on to skopeo
  public RegistryPull(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /// Pulls the image to the new OCI layout `layout`, where it is called [#TAG].
  ///
  /// @param platform which one of a multi-platform image, this machine's where none is given
  /// @param scratch an existing folder for skopeo's temporary files
  /// @throws SwayException of kind `builder` where skopeo is missing or fails, of kind
  ///   `unauthorized` or `not-found` where the registry says so
  public void pull(
      RegistryReference reference,
      Optional<Platform> platform,
      Path layout,
      Path scratch,
      CleanUp cleanUp)
      throws IOException {
    Path skopeo =
        Programs.find("skopeo", environment)
            .orElseThrow(() ->
                new SwayException(
                    FailureKind.BUILDER,
                    "no skopeo found, which pulls from registries; install it, for instance with 'apt install skopeo'"));
    List<String> command = new ArrayList<>(List.of(skopeo.toString()));
    if (!hasPolicy()) {
      // Without a file that says which signatures are wanted, skopeo refuses every image.
      command.add("--insecure-policy");
    }
    command.addAll(List.of("--tmpdir", scratch.toString()));
    platform.ifPresent(chosen -> {
      command.addAll(List.of("--override-os", chosen.os()));
      command.addAll(List.of("--override-arch", chosen.architecture()));
      if (!chosen.variant().isEmpty()) {
        command.addAll(List.of("--override-variant", chosen.variant()));
      }
    });
    command.addAll(List.of("copy", "--quiet"));
    if (reference.isLoopback()) {
      command.add("--src-tls-verify=false");
    }
    command.addAll(List.of(reference.toString(), "oci:" + layout + ":" + TAG));
    ToolProcess process = ToolProcess.start(command, environment);
    cleanUp.defer(process::end);
    ToolProcess.Outcome outcome = process.await(OutputStream.nullOutputStream());
    if (outcome.exitCode() != 0) {
      throw failure(reference, reason(outcome));
    }
  }

  /// The two places where skopeo looks.
  private boolean hasPolicy() {
    return Files.exists(Path.of("/etc/containers/policy.json"))
        || Files.exists(
            Path.of(environment.getOrDefault("HOME", "/"), ".config/containers/policy.json"));
  }

  /// skopeo logs `time="..." level=fatal msg="what, with quotation marks and line ends escaped"`.
  private static String reason(ToolProcess.Outcome outcome) {
    Matcher logged = LOGGED.matcher(outcome.lastLine());
    if (logged.find()) {
      return ESCAPED.matcher(logged.group(1)).replaceAll(RegistryPull::plain).strip();
    }
    return outcome.lastLine().isEmpty() ? "exit code " + outcome.exitCode() : outcome.lastLine();
  }

  /// What an escape stands for; a registry's errors are lines of their own, and ours are one.
  private static String plain(MatchResult escaped) {
    String character = escaped.group(1);
    return "nrt".contains(character) ? " " : Matcher.quoteReplacement(character);
  }

  private static SwayException failure(RegistryReference reference, String reason) {
    if (reason.matches("(?s).*(unauthorized|authentication required|denied).*")) {
      return failure(
          FailureKind.UNAUTHORIZED,
          reference,
          reason,
          "log in with 'skopeo login', or name a file with credentials in REGISTRY_AUTH_FILE");
    }
    if (reason.contains("no image found in")) {
      return failure(
          FailureKind.NOT_FOUND, reference, reason, "choose one that there is with --platform");
    }
    if (reason.matches("(?s).*(manifest unknown|name unknown|not found).*")) {
      return failure(FailureKind.NOT_FOUND, reference, reason, "check its name and tag");
    }
    return failure(FailureKind.BUILDER, reference, reason, "check the registry and its name");
  }

  private static SwayException failure(
      FailureKind kind, RegistryReference reference, String reason, String remedy) {
    return new SwayException(
        kind, "skopeo cannot pull %s: %s; %s".formatted(reference, reason, remedy));
  }
}
