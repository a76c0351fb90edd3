package dev.sway.lazyfsd.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Who the threads are that ask a mount for something. Thread-safe.
///
/// What a thread is called is asked anew after 5 ms, and after twice as long each time that it was
/// the same, up to 80 ms: programs start others soon or not at all, and asking costs as much as
/// answering some requests.
final class ThreadFacts {
  private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(80);
  private static final int MOST_KNOWN = 4096;
  private static final int LONGEST = 4096;
  private static final Pattern RUN = Pattern.compile("/sway-([0-9a-f]{12})");

  private final Map<Integer, Fact> known = new ConcurrentHashMap<>();

  /// A thread at one moment.
  ///
  /// @param name of what it executes, at most 15 characters; empty where it was gone already
  /// @param run that its cgroup belongs to; empty where it belongs to none
  /// @param asked by [System#nanoTime]
  /// @param fresh for how long that is believed, in nanoseconds
  record Fact(String name, String run, long asked, long fresh) {
    static final Fact NONE = new Fact("", "", 0, 0);

    boolean isFresh(long now) {
      return now - asked < fresh;
    }

    /// The same, found at another time.
    boolean says(Fact other) {
      return name.equals(other.name) && run.equals(other.run);
    }
  }

  /// Who `thread` is now.
  ///
  /// @param thread 0 where the kernel asks for itself
  Fact of(int thread) {
    return of(thread, System.nanoTime());
  }

  /// The same at another time.
  ///
  /// @param now by [System#nanoTime]
  Fact of(int thread, long now) {
    if (thread == 0) {
      return Fact.NONE;
    }
    Fact fact = known.get(thread);
    if (fact != null && fact.isFresh(now)) {
      return fact;
    }
    if (known.size() > MOST_KNOWN) {
      known.clear();
    }
    Fact asked = ask(thread, now, fact);
    if (asked.name().isEmpty() && fact != null) {
      // It ended meanwhile.
      return fact;
    }
    known.put(thread, asked);
    return asked;
  }

  private static Fact ask(int thread, long now, @Nullable Fact before) {
    Path folder = Path.of("/proc", Integer.toString(thread));
    Matcher run = RUN.matcher(text(folder.resolve("cgroup")));
    Fact fact =
        new Fact(
            text(folder.resolve("comm")).strip(), run.find() ? run.group(1) : "", now, LEAST_NANOS);
    return before == null || !fact.says(before)
        ? fact
        : new Fact(fact.name(), fact.run(), now, Math.min(2 * before.fresh(), MOST_NANOS));
  }

  private static String text(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8);
    } catch (IOException e) {
      // It has ended.
      return "";
    }
  }
}
