package dev.sway.lazyfsd.source;

import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.RangeCall;
import dev.sway.lazyfsd.source.http.RangeFailure;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One request to one source, on a thread of its own. The one who waits for it either sees its end
/// or gives it up; the buffer is the waiter's once it has ended, the thread's where it was given
/// up.
final class Attempt implements Runnable {
  /// A source that gives less than that in one stall time hangs.
  private static final int LEAST_PROGRESS_BYTES = 1 << 10;

  /// Who may still use what.
  private enum Stage {
    RUNNING,
    ENDED,
    GIVEN_UP
  }

  private final RemoteSource source;
  private final Urgency urgency;
  private final BlobRange range;
  private final BufferPool buffers;
  private final MemorySegment buffer;
  private final AttemptLimits limits;
  private final RangeCall call;
  private final Queue<Attempt> ended;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.RUNNING);
  private final long sent = System.nanoTime();
  private volatile @Nullable RangeFailure failure;
  private volatile long nanos;

  /// For the one who waits.
  private long began = sent;

  private long windowBegan = sent;
  private int windowReceived;

  /// @param source of which a slot is taken; the attempt gives it back
  /// @param limits how long it may take
  /// @param ended gets the attempt when it has ended and was not given up
  Attempt(
      RemoteSource source,
      Urgency urgency,
      BlobRange range,
      AttemptLimits limits,
      BufferPool buffers,
      Queue<Attempt> ended) {
    this.source = source;
    this.urgency = urgency;
    this.range = range;
    this.limits = limits;
    this.buffers = buffers;
    this.ended = ended;
    buffer = buffers.take(range.length());
    BlobRange asked = source.kind() == SourceKind.PEER ? range : range.whole();
    call = source.client().call(asked, body().asByteBuffer());
  }

  @Override
  public void run() {
    try {
      call.run();
    } catch (RangeFailure e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      failure = new RangeFailure("the request failed on this side: " + e, e);
    }
    nanos = System.nanoTime() - sent;
    source.received(call.received());
    source.slots().release(urgency);
    if (stage.compareAndSet(Stage.RUNNING, Stage.ENDED)) {
      ended.add(this);
    } else {
      buffers.give(buffer);
    }
  }

  RemoteSource source() {
    return source;
  }

  /// Why it failed; null where the body is there.
  @Nullable RangeFailure failure() {
    return failure;
  }

  /// The bytes that were asked for.
  MemorySegment body() {
    return buffer.asSlice(0, range.length());
  }

  /// How many bytes were asked for.
  int length() {
    return range.length();
  }

  /// How many of them are there.
  int received() {
    return call.received();
  }

  /// From when on its time counts, by [System#nanoTime]: it was sent then, or would have been if
  /// nothing were [#lost]. For the waiter.
  long began() {
    return began;
  }

  /// The waiter had no processor for so many nanoseconds, and maybe nobody else here had: they say
  /// nothing of the source.
  void lost(long nanos) {
    began += nanos;
    windowBegan += nanos;
  }

  /// How long it took; known once it has ended.
  long nanos() {
    return nanos;
  }

  /// How long it may take.
  AttemptLimits limits() {
    return limits;
  }

  /// Why it is to be given up; null where it makes progress and is in time. Called by the waiter
  /// from time to time.
  @Nullable String overdue(long now) {
    if (now - began >= limits.totalNanos()) {
      return "took more than " + millis(limits.totalNanos());
    }
    if (now - windowBegan < limits.stallNanos()) {
      return null;
    }
    int received = call.received();
    boolean stalled = received - windowReceived < LEAST_PROGRESS_BYTES;
    windowBegan = now;
    windowReceived = received;
    return stalled ? "stalled for " + millis(limits.stallNanos()) : null;
  }

  private static String millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
  }

  /// Ends it, if it has not ended.
  ///
  /// @return whether it had not
  boolean giveUp() {
    boolean running = stage.compareAndSet(Stage.RUNNING, Stage.GIVEN_UP);
    call.cancel();
    return running;
  }

  /// Lets it fail, and be seen to.
  void cancel() {
    call.cancel();
  }

  /// Gives the buffer back, after the end.
  void release() {
    buffers.give(buffer);
  }
}
