package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.lazyfsd.api.RunRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a container executes, from the image's configuration and what a run asks for.
///
/// @param args the command's words, at least one
/// @param env `NAME=VALUE` each
/// @param cwd absolute working directory
/// @param identity who it is
/// @param script the script bound into the container, if the run has one
record ContainerProcess(
    List<String> args,
    List<String> env,
    String cwd,
    Accounts.Identity identity,
    Optional<RunRequest.Script> script) {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  ContainerProcess {
    args = List.copyOf(args);
    env = List.copyOf(env);
  }

  /// Merges `request`, which follows [RequestRules], over `config`.
  ///
  /// @throws SwayException of kind `usage` where there is no command, `run` for a request that the
  ///   image cannot fulfil
  static ContainerProcess of(RunConfig config, RunRequest request, Accounts accounts, RunId id)
      throws SwayException {
    Accounts.Identity identity =
        accounts.find(request.user().isEmpty() ? config.user() : request.user());
    String cwd = request.workingDir().isEmpty() ? config.workingDir() : request.workingDir();
    Optional<RunRequest.Script> script =
        request.what() instanceof RunRequest.Script wanted ? Optional.of(wanted) : Optional.empty();
    return new ContainerProcess(
        command(config, request.what()),
        env(config, request, identity, id),
        cwd.isEmpty() ? "/" : cwd,
        identity,
        script);
  }

  /// The words of what runs.
  ///
  /// @throws SwayException of kind `usage` where there is no command
  static List<String> command(RunConfig config, RunRequest.Work work) throws SwayException {
    return switch (work) {
      case RunRequest.Script script -> Interpreter.command(script);
      case RunRequest.Command command -> {
        List<String> words = new ArrayList<>(config.entrypoint());
        words.addAll(command.args().isEmpty() ? config.cmd() : command.args());
        if (words.isEmpty() || words.getFirst().isEmpty()) {
          throw new SwayException(
              FailureKind.USAGE,
              "there is no command: the image has neither ENTRYPOINT nor CMD; give one behind '--'");
        }
        yield words;
      }
    };
  }

  private static List<String> env(
      RunConfig config, RunRequest request, Accounts.Identity identity, RunId id) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", DEFAULT_PATH);
    env.put("HOSTNAME", id.text());
    env.put("HOME", identity.home());
    for (String variable : config.env()) {
      put(env, variable);
    }
    for (String variable : request.env()) {
      put(env, variable);
    }
    return env.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
  }

  private static void put(Map<String, String> env, String variable) {
    int equals = variable.indexOf('=');
    env.put(variable.substring(0, equals), variable.substring(equals + 1));
  }
}
