package dev.sway.lazyfsd.trace;

import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.Served;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// What the kernel asked of one mount last. Bounded: new entries take the place of the oldest.
/// Thread-safe.
///
/// It is always on: an entry is made only where the kernel could not answer by itself, and after
/// the answer. Who wants more than fits follows it.
public final class AccessLog implements AccessSink {
  /// What the start of a large program asks for, several times over.
  static final int ENTRIES = 1 << 15;

  /// The entries, by their numbers; null after [#trim], until there is another one.
  private final AtomicReference<@Nullable AtomicReferenceArray<@Nullable Entry>> ring =
      new AtomicReference<>();

  private final AtomicLong next = new AtomicLong();
  private final Set<Runnable> followers = ConcurrentHashMap.newKeySet();
  private final ThreadFacts threads = new ThreadFacts();

  /// How many of the first entries were given up.
  private final AtomicLong forgotten = new AtomicLong();

  /// One request.
  ///
  /// @param number of it, from 0 on, in the order in which requests were answered
  /// @param by who asked
  record Entry(long number, Served request, ThreadFacts.Fact by) {}

  /// Entries in order.
  ///
  /// @param lost how many there were that are no longer here
  /// @param end how many entries had been made by then, and for the next part its beginning
  record Part(List<Entry> entries, long lost, long end) {}

  /// Has `follower` called, on a thread that serves the mount, whenever half as many entries as fit
  /// have been made: time to take them. It does not wait for the mount.
  void follow(Runnable follower) {
    followers.add(follower);
  }

  /// It is not called any more. Idempotent.
  void unfollow(Runnable follower) {
    followers.remove(follower);
  }

  @Override
  public void served(Served request) {
    ThreadFacts.Fact by = threads.of(request.thread());
    long number = next.getAndIncrement();
    // The number comes first: see [#trim].
    ring().set((int) (number % ENTRIES), new Entry(number, request, by));
    if (number % (ENTRIES / 2) == 0) {
      followers.forEach(Runnable::run);
    }
  }

  private AtomicReferenceArray<@Nullable Entry> ring() {
    AtomicReferenceArray<@Nullable Entry> there = ring.get();
    if (there != null) {
      return there;
    }
    AtomicReferenceArray<@Nullable Entry> fresh = new AtomicReferenceArray<>(ENTRIES);
    AtomicReferenceArray<@Nullable Entry> others = ring.compareAndExchange(null, fresh);
    return others == null ? fresh : others;
  }

  /// Gives up what nobody follows any more: the start of a large program leaves a megabyte here.
  public void trim() {
    if (followers.isEmpty()) {
      ring.set(null);
      // After that: whoever has found the ring that is gone has had a number before. Who begins to
      // follow just now may find that it has lost what came in between.
      forgotten.accumulateAndGet(next.get(), Math::max);
    }
  }

  /// How many entries were made.
  long position() {
    return next.get();
  }

  /// What was noted since the log had `position` entries.
  Part since(long position) {
    // In this order: of numbers below `made`, those in a ring that was dropped before `there` are
    // forgotten, or will be when this is called next.
    long made = next.get();
    AtomicReferenceArray<@Nullable Entry> there = ring.get();
    List<Entry> entries = new ArrayList<>();
    long number = Math.max(Math.max(position, forgotten.get()), made - ENTRIES);
    for (; there != null && number < made; number++) {
      Entry entry = there.get((int) (number % ENTRIES));
      if (entry == null || entry.number() < number) {
        // Another thread is about to set it.
        break;
      }
      if (entry.number() == number) {
        entries.add(entry);
      }
    }
    return new Part(entries, number - position - entries.size(), number);
  }
}
