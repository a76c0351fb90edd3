package dev.sway.swayctl.run;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest.Script;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A script on the user's machine.
public final class ScriptFile {
  private ScriptFile() {}

  /// Reads a script, which may also be a pipe such as bash's `<(...)`.
  ///
  /// @throws SwayException of kind `no-script` where there is none, or one that is too large
  public static Script read(Path file, List<String> args) throws SwayException {
    if (Files.isDirectory(file)) {
      throw noScript(file + ": is a folder, not a script", null);
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(LazyfsdApi.MAX_SCRIPT_BYTES + 1);
    } catch (IOException e) {
      throw noScript(Failures.storage(file, e).getMessage(), e);
    }
    if (content.length > LazyfsdApi.MAX_SCRIPT_BYTES) {
      throw noScript(
          "%s: is larger than the %d MiB of a script; put data into the image"
              .formatted(file, LazyfsdApi.MAX_SCRIPT_BYTES >> 20),
          null);
    }
    return new Script(String.valueOf(file.getFileName()), content, args);
  }

  private static SwayException noScript(String what, @Nullable IOException cause) {
    String remedy = "; to run a command of the image, write -- before it";
    return new SwayException(FailureKind.NO_SCRIPT, what + remedy, cause);
  }
}
