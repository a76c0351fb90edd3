package dev.sway.lazyfsd.trace;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import dev.sway.lazyfsd.fuse.Served;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// What recording costs a worker while a run goes on; called by `testapps/bench-profile` with the
/// trace of a run. It is logged again as it came, at the same moments, by as many threads as asked
/// then, and only the time within the log is counted. Prints a row of a Markdown table.
final class RecordingCost {
  private static final int ROUNDS = 7;

  private RecordingCost() {}

  public static void main(String[] args) throws IOException {
    Trace trace;
    try (InputStream in = Files.newInputStream(Path.of(args[1]))) {
      trace = TraceReader.read(in, args[1]);
    }
    CountDownLatch over = new CountDownLatch(1);
    Map<Integer, Integer> threads = threads(trace, over);
    long[] nanos = new long[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      nanos[i] = replay(trace, threads);
    }
    over.countDown();
    long first = nanos[0];
    Arrays.sort(nanos);
    double run = trace.header().marks().getOrDefault(Mark.EXITED, 0L) * 1e3;
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.2f s | %.2f ms (%.2f %%) | %.2f ms (%.2f %%) |%n",
        args[0],
        trace.accesses().size(),
        run / 1e9,
        nanos[ROUNDS / 2] / 1e6,
        100 * nanos[ROUNDS / 2] / run,
        first / 1e6,
        100 * first / run);
  }

  /// Threads of this process that stand for those that asked.
  private static Map<Integer, Integer> threads(Trace trace, CountDownLatch over)
      throws IOException {
    List<Integer> asked = trace.accesses().stream().map(Access::process).distinct().toList();
    CountDownLatch started = new CountDownLatch(asked.size());
    for (Integer thread : asked) {
      Thread.ofPlatform()
          .daemon()
          .name("asked-" + thread)
          .start(() -> {
            started.countDown();
            try {
              over.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    try {
      started.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<Integer> own = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      tasks.forEach(task -> own.add(Integer.parseInt(task.getFileName().toString())));
    }
    Map<Integer, Integer> threads = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      threads.put(asked.get(i), asked.get(i) == 0 ? 0 : own.get(own.size() - 1 - i));
    }
    return threads;
  }

  private static long replay(Trace trace, Map<Integer, Integer> threads) {
    AccessLog log = new AccessLog();
    long begin = System.nanoTime();
    long within = 0;
    for (Access access : trace.accesses()) {
      long due = begin + TimeUnit.MICROSECONDS.toNanos(access.micros());
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      long before = System.nanoTime();
      log.served(
          new Served(
              access.operation(),
              access.inode(),
              access.operation() == Operation.LOOKUP ? name(access.path()) : null,
              access.offset(),
              access.length(),
              threads.getOrDefault(access.process(), 0),
              before,
              before,
              access.from(),
              access.failed()));
      within += System.nanoTime() - before;
    }
    return within;
  }

  private static ByteName name(String path) {
    return ByteName.of(path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8));
  }
}
