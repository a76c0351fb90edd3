package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What a container has written and nobody has acknowledged, in order: numbered records, the first
/// of which is 1, in a bounded ring of native memory. While it is full, whoever writes waits.
///
/// Thread-safe: any number of writers, one reader at a time. [#close] is idempotent and lets
/// everybody go who waits.
///
/// What is written while the last record was not read yet, to the same stream, is added to that
/// record as long as it is short enough; and one that is short is not given out right after
/// another, but some milliseconds later. So little output comes at once, and much in few large
/// pieces: each costs as much on its way. Once it was read, a record is always the same.
///
/// A record in the ring is a header of four bytes, little-endian, and the bytes: bit 31 is set for
/// stderr, the others are the length.
final class RunSpool implements AutoCloseable {
  /// The ring's size at first, the one that each run can have, and at most. Powers of two.
  static final int FIRST_BYTES = 4 << 10;

  static final int SHARE_BYTES = 256 << 10;

  static final int MAX_BYTES = 2 << 20;

  /// The longest record: several find room.
  static final int MAX_RECORD_BYTES = 64 << 10;

  /// How long after a record the next one may grow.
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(4);

  /// A record of which so much is there need not grow.
  private static final int LARGE_BYTES = MAX_RECORD_BYTES / 2;

  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int HEADER_BYTES = Integer.BYTES;

  private final ReentrantLock lock = new ReentrantLock();

  /// There is something to read, or nothing will come.
  private final Condition news = lock.newCondition();

  /// There is room, or this is closed.
  private final Condition freed = lock.newCondition();

  private final ByteRing ring;

  /// Positions in the ring: where the first record that is kept begins, and where the last one
  /// ends.
  private long head;

  private long tail;

  /// The numbers of the last record that was acknowledged and of the last that was written.
  private long acknowledged;

  private long written;

  /// Where the reader goes on, and the number of the record before.
  private long readAt;

  private long read;

  /// The number of the last record that any reader was given.
  private long shown;

  /// When, on [System#nanoTime]'s clock.
  private long shownAt = System.nanoTime() - PAUSE;

  /// Where the last record begins.
  private long lastAt;

  private int readers;
  private boolean ended;
  private int exitCode;
  private boolean closed;

  /// @param budget for what the ring takes beyond its share
  RunSpool(RingBudget budget) {
    ring = new ByteRing(FIRST_BYTES, SHARE_BYTES, MAX_BYTES, budget);
  }

  /// A record.
  ///
  /// @param number of it
  /// @param stream 1 for stdout, 2 for stderr, 0 for the end, whose number follows the last one's
  /// @param bytes what was written
  record Piece(long number, int stream, byte[] bytes) {}

  /// How far it is.
  ///
  /// @param acknowledged the number of the last record that is forgotten
  /// @param last the number of the last that was written; of the end, where that is known
  record Position(long acknowledged, long last) {}

  /// Adds a record; waits until there is room.
  ///
  /// @param length 1 to [#MAX_RECORD_BYTES]
  /// @throws IOException where this is closed
  void append(int stream, byte[] bytes, int length) throws IOException {
    lock.lock();
    try {
      while (!closed && !ring.room(head, tail, HEADER_BYTES + length)) {
        freed.await();
      }
      requireOpen();
      int before = unreadLength(stream);
      if (before > 0 && before + length <= MAX_RECORD_BYTES) {
        putHeader(lastAt, stream, before + length);
        if (before < LARGE_BYTES && before + length >= LARGE_BYTES) {
          news.signalAll();
        }
      } else {
        lastAt = tail;
        putHeader(tail, stream, length);
        tail += HEADER_BYTES;
        written++;
        news.signalAll();
      }
      ring.put(tail, bytes, length);
      tail += length;
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  /// Says that nothing follows.
  void end(int code) {
    lock.lock();
    try {
      ended = true;
      exitCode = code;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Position position() {
    lock.lock();
    try {
      return new Position(acknowledged, written + (ended ? 1 : 0));
    } finally {
      lock.unlock();
    }
  }

  /// The container's exit code, once [#end] was called.
  int exitCode() {
    lock.lock();
    try {
      return exitCode;
    } finally {
      lock.unlock();
    }
  }

  /// Begins to read behind record `after`, and ends whoever reads already. What is before that is
  /// acknowledged.
  ///
  /// @return a ticket for [#next]
  /// @throws IOException where that record was not written yet, or is gone already
  int attach(long after) throws IOException {
    lock.lock();
    try {
      acknowledge(after);
      if (after < acknowledged) {
        throw new IOException(
            "record %d was asked for again after %d was acknowledged"
                .formatted(after + 1, acknowledged));
      }
      readAt = head;
      read = acknowledged;
      news.signalAll();
      return ++readers;
    } finally {
      lock.unlock();
    }
  }

  /// The next record for the reader with this ticket; waits until there is one.
  ///
  /// @throws IOException where this is closed, or another reader has come
  Piece next(int ticket) throws IOException {
    lock.lock();
    try {
      while (!closed && ticket == readers && !ended && (readAt == tail || mayGrow())) {
        if (readAt == tail) {
          news.await();
        } else {
          var _ = news.awaitNanos(PAUSE - (System.nanoTime() - shownAt));
        }
      }
      requireOpen();
      if (ticket != readers) {
        throw new IOException("another reader has come");
      }
      if (readAt == tail) {
        return new Piece(written + 1, 0, new byte[0]);
      }
      int header = header(readAt);
      byte[] bytes = new byte[header & Integer.MAX_VALUE];
      ring.get(readAt + HEADER_BYTES, bytes);
      readAt += HEADER_BYTES + bytes.length;
      shown = Math.max(shown, ++read);
      shownAt = System.nanoTime();
      return new Piece(read, header < 0 ? STDERR : STDOUT, bytes);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  /// Forgets the records up to `number`; what is forgotten already does not matter.
  ///
  /// @throws IOException where that record was not read yet
  void acknowledge(long number) throws IOException {
    lock.lock();
    try {
      requireOpen();
      // The end is a number of its own.
      if (number > written + (ended ? 1 : 0)) {
        throw new IOException(
            "record %d is acknowledged, but %d is the last".formatted(number, written));
      }
      while (acknowledged < number && acknowledged < written) {
        head += HEADER_BYTES + (header(head) & Integer.MAX_VALUE);
        acknowledged++;
      }
      if (readAt < head) {
        readAt = head;
        read = acknowledged;
      }
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the run is forgotten");
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", e);
  }

  /// Whether the record at the reader is the last, is short and comes right after another.
  private boolean mayGrow() {
    return readAt == lastAt
        && (header(lastAt) & Integer.MAX_VALUE) < LARGE_BYTES
        && System.nanoTime() - shownAt < PAUSE;
  }

  /// The length of the last record, if it is of this stream and nobody has read it; else 0.
  private int unreadLength(int stream) {
    if (written == Math.max(shown, acknowledged)) {
      return 0;
    }
    int header = header(lastAt);
    return (header < 0) == (stream == STDERR) ? header & Integer.MAX_VALUE : 0;
  }

  private void putHeader(long position, int stream, int length) {
    ring.putInt(position, length | (stream == STDERR ? 1 << 31 : 0));
  }

  private int header(long position) {
    return ring.getInt(position);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        ring.close();
        news.signalAll();
        freed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }
}
