package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to run.
///
/// @param image `NAME[:TAG]`
/// @param script a script to run, or null to run a command of the image
/// @param args the script's arguments; without a script the command, which replaces the image's CMD
///   where it is not empty
/// @param env `NAME=VALUE` each, over the image's environment
/// @param workingDir instead of the image's; empty for the image's
/// @param user instead of the image's, `USER[:GROUP]`; empty for the image's
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunRequest(
    String image,
    @Nullable Script script,
    List<String> args,
    List<String> env,
    String workingDir,
    String user) {
  public RunRequest {
    args = List.copyOf(args);
    env = List.copyOf(env);
  }

  /// A script, which is bound read-only into the run at `/run/sway/NAME`.
  ///
  /// It is run by what its `#!` line names; without one, by the interpreter that its name's ending
  /// stands for.
  ///
  /// @param name the file's name, without folders
  /// @param content its bytes
  public record Script(String name, byte[] content) {}
}
