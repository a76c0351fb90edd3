package dev.sway.lazyfsd.trace;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.formats.trace.TracePath;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The recording of one run: the moments of its life, and what it asked its mount for: of very much
/// the beginning, which is what there is to learn from. Thread-safe.
public final class RunRecording {
  /// How the threads that bring things ahead are called: what they ask is not what the run asked.
  public static final String AHEAD = "prefetch";

  /// As many as the log has: of more, the first ones.
  private static final int MOST_ENTRIES = AccessLog.ENTRIES;

  /// From so many on it is called half full. It takes them half the log at a time, so that it has
  /// between one and three of these by then.
  private static final int MANY_ENTRIES = MOST_ENTRIES / 4;

  /// How much too early a moment may be that is known by a file's time.
  private static final long MARK_MICROS = 20_000;

  private final String run;
  private final long started;
  private final AccessLog log;
  private final Runnable collecting = this::collect;
  private final ReentrantLock lock = new ReentrantLock();

  /// What this run may have asked for, up to `position` of the log. These are guarded by the lock.
  private final List<AccessLog.Entry> entries = new ArrayList<>();

  private long position;
  private long lost;
  private boolean stopped;
  private Runnable full = RunRecording::nothing;

  private final Map<Mark, Long> marks = Collections.synchronizedMap(new EnumMap<>(Mark.class));

  /// @param run the run's id, as its cgroup has it
  /// @param log of its mount
  /// @param cold whether the mount was made for this run: then all that is in the log is its own
  /// @param started when the request came, by [System#nanoTime]
  public RunRecording(String run, AccessLog log, boolean cold, long started) {
    this.run = run;
    this.log = log;
    this.started = started;
    lock.lock();
    try {
      // First, so that what comes after the position is not given up. Whoever calls it waits.
      log.follow(collecting);
      position = cold ? 0 : log.position();
    } finally {
      lock.unlock();
    }
  }

  /// Has `action` called once it has about half as many entries as it takes; at most once, on a
  /// thread that serves the mount or one that calls this.
  public void whenHalfFull(Runnable action) {
    lock.lock();
    try {
      full = action;
    } finally {
      lock.unlock();
    }
  }

  private static void nothing() {}

  /// Takes what has come since it was last called, before the log needs the room.
  private void collect() {
    take().run();
  }

  /// Answers what is to be done about it, without the lock.
  private Runnable take() {
    lock.lock();
    try {
      if (stopped) {
        return RunRecording::nothing;
      }
      AccessLog.Part part = log.since(position);
      position = part.end();
      lost += part.lost();
      for (AccessLog.Entry entry : part.entries()) {
        if (!mayBeMine(entry)) {
          continue;
        }
        if (entries.size() < MOST_ENTRIES) {
          entries.add(entry);
        } else {
          lost++;
        }
      }
      if (entries.size() < MANY_ENTRIES) {
        return RunRecording::nothing;
      }
      Runnable due = full;
      full = RunRecording::nothing;
      return due;
    } finally {
      lock.unlock();
    }
  }

  /// The run has ended: what is asked for from now on is not its own. Idempotent.
  public void stop() {
    collect();
    lock.lock();
    try {
      stopped = true;
    } finally {
      lock.unlock();
    }
    log.unfollow(collecting);
  }

  /// This moment is `mark`; the first one counts.
  public void mark(Mark mark) {
    marks.putIfAbsent(mark, micros(System.nanoTime()));
  }

  /// Some moment was `mark`; the first one counts.
  ///
  /// @param nanos by [System#nanoTime]; 0 where it did not come
  public void markNanos(Mark mark, long nanos) {
    if (nanos != 0) {
      marks.putIfAbsent(mark, micros(nanos));
    }
  }

  /// Some moment was `mark`; the first one counts.
  public void mark(Mark mark, Duration afterStart) {
    marks.putIfAbsent(mark, Math.max(0, TimeUnit.NANOSECONDS.toMicros(afterStart.toNanos())));
  }

  /// The moments so far, in microseconds after the start.
  public Map<Mark, Long> marks() {
    Map<Mark, Long> known = new EnumMap<>(Mark.class);
    synchronized (marks) {
      known.putAll(marks);
    }
    Long exited = known.get(Mark.EXITED);
    if (exited != null) {
      // Output is noted where it is shown, which may be after the container's end.
      known.computeIfPresent(Mark.FIRST_OUTPUT, (_, shown) -> Math.min(shown, exited));
    }
    return known;
  }

  private long micros(long nanos) {
    return TimeUnit.NANOSECONDS.toMicros(nanos - started);
  }

  /// How many requests have come to the mount since the start that this has no entry of.
  public long lost() {
    collect();
    lock.lock();
    try {
      return lost;
    } finally {
      lock.unlock();
    }
  }

  private List<AccessLog.Entry> entries() {
    collect();
    lock.lock();
    try {
      return List.copyOf(entries);
    } finally {
      lock.unlock();
    }
  }

  /// What the run asked for, in the order in which it did. What `view` has no path of counts as
  /// lost.
  ///
  /// @param header of the trace
  /// @param view of the image, which knows the paths
  /// @throws IOException where `view` cannot look up what was looked up
  public Trace trace(TraceHeader header, ImageView view) throws IOException {
    List<Access> accesses = new ArrayList<>();
    Map<Long, Optional<String>> paths = new HashMap<>();
    long nameless = 0;
    long others = runningSince();
    for (AccessLog.Entry entry : entries()) {
      if (isMine(entry, others)) {
        Optional<String> path =
            paths.computeIfAbsent(entry.request().inode(), inode -> path(view, inode));
        if (path.isPresent()) {
          accesses.add(access(entry, view, path.get()));
        } else {
          nameless++;
        }
      }
    }
    accesses.sort(Comparator.comparingLong(Access::micros));
    return new Trace(header.withLost(header.lost() + nameless), accesses);
  }

  /// Not what other runs' processes ask for.
  private boolean mayBeMine(AccessLog.Entry entry) {
    String by = entry.by().run();
    return by.isEmpty() ? !entry.by().name().startsWith(AHEAD) : by.equals(run);
  }

  /// What no run's processes ask for is asked for on behalf of those that are started now: by runc,
  /// and by whoever mounts the overlay. Once the container runs it is somebody else's, such as a
  /// scanner's. Who was gone before it was known who that was may have been in the container.
  ///
  /// @param running since when the container has been, in microseconds after the start
  private boolean isMine(AccessLog.Entry entry, long running) {
    return !entry.by().run().isEmpty()
        || entry.by().name().isEmpty()
        || micros(entry.request().begin()) <= running;
  }

  private long runningSince() {
    Long running = marks().get(Mark.CONTAINER_STARTED);
    return running == null ? Long.MAX_VALUE : running + MARK_MICROS;
  }

  private Access access(AccessLog.Entry entry, ImageView view, String of) throws IOException {
    long inode = entry.request().inode();
    String path = of;
    ByteName name = entry.request().name();
    if (entry.request().operation() == Operation.LOOKUP && name != null) {
      path = TracePath.child(path, name);
      inode = view.lookup(entry.request().inode(), name);
    }
    return new Access(
        micros(entry.request().begin()),
        entry.request().operation(),
        inode,
        path,
        entry.request().offset(),
        entry.request().length(),
        entry.request().thread(),
        entry.by().name(),
        TimeUnit.NANOSECONDS.toMicros(entry.request().end() - entry.request().begin()),
        entry.request().from(),
        entry.request().failed());
  }

  private static Optional<String> path(ImageView view, long inode) {
    try {
      return Optional.of(TracePath.of(view.path(inode)));
    } catch (IOException e) {
      // Among more hard links than are searched, or in an index that is numbered otherwise.
      return Optional.empty();
    }
  }
}
