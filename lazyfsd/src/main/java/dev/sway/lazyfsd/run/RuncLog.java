package dev.sway.lazyfsd.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Why runc could not start a container, from its log.
final class RuncLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MAX_BYTES = 1 << 20;

  /// Of less runc can make nothing: it writes files of a few blocks.
  private static final long ANY_ROOM = 64 << 10;

  private static final String FULL = "no space left on device";

  private RuncLog() {}

  /// The failure that `log` tells of, in docker's terms: a command that is not there, that cannot
  /// be executed, or anything else; a full disk by that name.
  ///
  /// @param command the first word of what was to be run
  /// @param exitCode runc's own
  static SwayException failure(Path log, String command, int exitCode) {
    String message = lastError(log);
    boolean atExec = message.contains("exec: ") || message.contains("exec /");
    if (atExec
        && (message.contains("not found")
            || message.contains("no such file or directory")
            || message.contains("not a directory"))) {
      return new SwayException(
          FailureKind.COMMAND_NOT_FOUND,
          "'%s' is not in the image; check its name, or the image's PATH".formatted(command));
    }
    if (atExec
        && (message.contains("permission denied")
            || message.contains("exec format error")
            || message.contains("is a directory"))) {
      return new SwayException(
          FailureKind.NOT_EXECUTABLE,
          "'%s' cannot be executed; check its permissions and that it is a program for this machine"
              .formatted(command));
    }
    Path folder = Objects.requireNonNull(log.toAbsolutePath().getParent(), "a file has a folder");
    // The kernel says the same of cgroups, mounts and much else that there are too many of.
    if ((message.isEmpty() || message.contains(FULL)) && isFull(folder)) {
      return new SwayException(
          FailureKind.STORAGE,
          "the file system of %s is full%s; make room there, and run again"
              .formatted(folder, message.isEmpty() ? "" : ": " + message));
    }
    return new SwayException(
        FailureKind.RUN,
        message.isEmpty()
            ? "runc ended with %d before the container started, without a reason"
                .formatted(exitCode)
            : message);
  }

  private static boolean isFull(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace() < ANY_ROOM;
    } catch (IOException e) {
      return false;
    }
  }

  private static String lastError(Path log) {
    String last = "";
    try {
      byte[] bytes = Files.size(log) > MAX_BYTES ? new byte[0] : Files.readAllBytes(log);
      for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
        JsonNode entry = line.isBlank() ? JSON.missingNode() : JSON.readTree(line);
        if (entry.path("level").asText().equals("error")
            || entry.path("level").asText().equals("fatal")) {
          last = entry.path("msg").asText();
        }
      }
    } catch (IOException e) {
      return last.isEmpty() ? "runc's log cannot be read: " + e.getMessage() : last;
    }
    return last;
  }
}
