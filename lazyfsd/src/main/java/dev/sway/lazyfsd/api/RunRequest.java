package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/// What to run.
///
/// @param image `NAME[:TAG]`, or the `sha256:...` of its manifest
/// @param what the script or command
/// @param env `NAME=VALUE` each, over the image's environment
/// @param workingDir instead of the image's; empty for the image's
/// @param user instead of the image's, `USER[:GROUP]`; empty for the image's
/// @param prefetch the word of a [PrefetchPolicy]; empty for what the worker thinks best
public record RunRequest(
    String image, Work what, List<String> env, String workingDir, String user, String prefetch) {
  @JsonCreator
  public RunRequest {
    env = List.copyOf(env);
  }

  /// A request that leaves it to the worker what is prefetched.
  public RunRequest(String image, Work what, List<String> env, String workingDir, String user) {
    this(image, what, env, workingDir, user, "");
  }

  /// A script or a command.
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Script.class, name = "script"),
    @JsonSubTypes.Type(value = Command.class, name = "command")
  })
  public sealed interface Work {}

  /// A script, which is bound read-only into the run at `/run/sway/NAME`.
  ///
  /// It is run by what its `#!` line names; without one, by the interpreter that its name's ending
  /// stands for. The image's entrypoint is left out.
  ///
  /// @param name the file's name, without folders
  /// @param content its bytes
  /// @param args its arguments
  public record Script(String name, byte[] content, List<String> args) implements Work {
    public Script {
      args = List.copyOf(args);
    }
  }

  /// A command of the image: its entrypoint, then `args`, or the image's CMD where `args` is empty.
  ///
  /// @param args the words that replace the image's CMD
  public record Command(List<String> args) implements Work {
    public Command {
      args = List.copyOf(args);
    }
  }
}
