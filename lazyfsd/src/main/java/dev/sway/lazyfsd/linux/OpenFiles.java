package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many files a process may have open (`RLIMIT_NOFILE`, getrlimit(2)).
public final class OpenFiles {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern LINE =
      Pattern.compile("^Max open files +\\S+ +([0-9]+) ", Pattern.MULTILINE);

  private OpenFiles() {}

  /// This process's hard limit: what only a process with `CAP_SYS_RESOURCE` can exceed.
  public static long hardLimit() throws IOException {
    Matcher line = LINE.matcher(Files.readString(LIMITS));
    if (!line.find()) {
      throw new IOException(LIMITS + " has no line 'Max open files' with a number");
    }
    return Long.parseLong(line.group(1));
  }
}
