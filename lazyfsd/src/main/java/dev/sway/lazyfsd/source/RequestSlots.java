package dev.sway.lazyfsd.source;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// How many requests one server gets at a time. What a process waits for has slots of its own, so
/// that it never waits behind what nobody waits for; of the others, the more urgent ones may use
/// more, and are served first. Thread-safe.
final class RequestSlots {
  /// For requests of [Urgency#ON_DEMAND].
  static final int ON_DEMAND = 32;

  /// For all others together; read-ahead may use all of them.
  static final int AHEAD = 16;

  static final int PREFETCH = 12;
  static final int BACKGROUND = 6;

  /// Those who wait for a slot with the same urgency.
  private static final class Line {
    final Condition free;
    int waiting;

    Line(Condition free) {
      this.free = free;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();

  /// In the order of urgency.
  private final Map<Urgency, Line> lines = new EnumMap<>(Urgency.class);

  private int onDemand;
  private int others;

  RequestSlots() {
    for (Urgency urgency : Urgency.values()) {
      lines.put(urgency, new Line(lock.newCondition()));
    }
  }

  private boolean available(Urgency urgency) {
    return switch (urgency) {
      case ON_DEMAND -> onDemand < ON_DEMAND;
      case READ_AHEAD -> others < AHEAD;
      case PREFETCH -> others < PREFETCH;
      case BACKGROUND -> others < BACKGROUND;
    };
  }

  private void count(Urgency urgency, int change) {
    if (urgency == Urgency.ON_DEMAND) {
      onDemand += change;
    } else {
      others += change;
    }
  }

  private Line line(Urgency urgency) {
    Line line = lines.get(urgency);
    if (line == null) {
      throw new IllegalStateException("no line for " + urgency);
    }
    return line;
  }

  /// Whether someone waits who is served before a newcomer of this urgency.
  private boolean waitedFor(Urgency urgency) {
    if (urgency == Urgency.ON_DEMAND) {
      return line(urgency).waiting > 0;
    }
    for (Map.Entry<Urgency, Line> line : lines.entrySet()) {
      if (line.getKey() != Urgency.ON_DEMAND
          && line.getKey().compareTo(urgency) <= 0
          && line.getValue().waiting > 0) {
        return true;
      }
    }
    return false;
  }

  /// Takes a slot, if one is free and nobody has waited for it.
  boolean tryAcquire(Urgency urgency) {
    lock.lock();
    try {
      if (!available(urgency) || waitedFor(urgency)) {
        return false;
      }
      count(urgency, 1);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a slot within `nanos`.
  ///
  /// @return whether it did
  boolean acquire(Urgency urgency, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Line mine = line(urgency);
      mine.waiting++;
      try {
        for (long left = nanos; !available(urgency); left = mine.free.awaitNanos(left)) {
          if (left <= 0) {
            return false;
          }
        }
        count(urgency, 1);
        return true;
      } finally {
        mine.waiting--;
        wakeNext();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Gives a slot of this urgency back.
  void release(Urgency urgency) {
    lock.lock();
    try {
      count(urgency, -1);
      wakeNext();
    } finally {
      lock.unlock();
    }
  }

  /// Wakes who waits for what is free: of those who share slots, the most urgent.
  private void wakeNext() {
    wake(Urgency.ON_DEMAND);
    for (Map.Entry<Urgency, Line> line : lines.entrySet()) {
      if (line.getKey() != Urgency.ON_DEMAND && line.getValue().waiting > 0) {
        wake(line.getKey());
        return;
      }
    }
  }

  private void wake(Urgency urgency) {
    Line line = line(urgency);
    if (line.waiting > 0 && available(urgency)) {
      line.free.signal();
    }
  }
}
