package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The end of another process, which has three parts: it is sent SIGKILL, it executes nothing more,
/// and all of its threads are gone. Between the first two lies what its threads take to get a
/// processor once more; between the last two, threads that wait in the kernel for what no signal
/// breaks off, such as the answer of a file system. Until these have it, the process's descriptors
/// stay open, its locks are held, and its parent is not told. Thread-safe.
public final class KilledProcess {
  /// The line of `/proc/PID/status` with the signals that a process as a whole has been sent and
  /// has not taken, in hexadecimal, signal n as bit n - 1. SIGKILL is never taken: it stays to the
  /// process's end.
  private static final String PENDING = "ShdPnd:";

  /// The same of its first thread, which is where a cgroup's kill shows until that takes it.
  private static final String PENDING_OF_FIRST = "SigPnd:";

  private static final long SIGKILL = 1L << (9 - 1);

  private KilledProcess() {}

  /// Whether a process has been sent SIGKILL as far as it shows, or is over: it may still execute
  /// something, but will end whatever it does.
  public static boolean isKilled(long pid) throws IOException {
    try (Stream<String> lines =
        Files.lines(folder(pid).resolve("status"), StandardCharsets.ISO_8859_1)) {
      long pending =
          lines
              .filter(line -> line.startsWith(PENDING) || line.startsWith(PENDING_OF_FIRST))
              .mapToLong(
                  line -> Long.parseUnsignedLong(line.substring(PENDING.length()).strip(), 16))
              .reduce(0, (all, more) -> all | more);
      if ((pending & SIGKILL) != 0) {
        return true;
      }
    } catch (IOException e) {
      return gone(pid, e, true);
    } catch (UncheckedIOException e) {
      return gone(pid, new IOException(e), true);
    }
    return isOver(pid);
  }

  /// Whether a process executes nothing more.
  ///
  /// A pidfd does not tell: it becomes readable with the last thread, since Linux 6.15 also where
  /// it is of the first thread alone.
  ///
  /// @param pid of a process whose first thread stays to its end, as the Java launcher's does
  public static boolean isOver(long pid) throws IOException {
    try {
      String line = Files.readString(folder(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name of the program, in parentheses, may have anything in it; then comes the state.
      char state = line.charAt(line.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X';
    } catch (IOException e) {
      return gone(pid, e, true);
    }
  }

  /// The threads of `pid` that are still there, beside the first one: of a process that executes
  /// nothing more, those that wait.
  public static Set<Integer> threads(long pid) throws IOException {
    try (Stream<Path> tasks = Files.list(folder(pid).resolve("task"))) {
      return tasks
          .map(task -> Integer.valueOf(task.getFileName().toString()))
          .filter(thread -> thread != pid)
          .collect(Collectors.toSet());
    } catch (IOException e) {
      return gone(pid, e, Set.of());
    } catch (UncheckedIOException e) {
      return gone(pid, new IOException(e), Set.of());
    }
  }

  /// What is so of a process that is gone, which also shows while its files are being read.
  private static <T> T gone(long pid, IOException why, T answer) throws IOException {
    if (Files.exists(folder(pid))) {
      throw why;
    }
    return answer;
  }

  private static Path folder(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }
}
