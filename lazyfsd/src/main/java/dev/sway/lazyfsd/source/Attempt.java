package dev.sway.lazyfsd.source;

import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.RangeCall;
import dev.sway.lazyfsd.source.http.RangeFailure;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One request to one source, on a thread of its own. The one who waits for it either sees its end
/// or gives it up; the buffer is the waiter's once it has ended, the thread's where it was given
/// up.
final class Attempt implements Runnable {
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
  private final RangeCall call;
  private final Queue<Attempt> ended;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.RUNNING);
  private final long began = System.nanoTime();
  private volatile @Nullable RangeFailure failure;
  private volatile long nanos;
  private long windowBegan = began;
  private int windowReceived;

  /// @param source of which a slot is taken; the attempt gives it back
  /// @param ended gets the attempt when it has ended and was not given up
  Attempt(
      RemoteSource source,
      Urgency urgency,
      BlobRange range,
      BufferPool buffers,
      Queue<Attempt> ended) {
    this.source = source;
    this.urgency = urgency;
    this.range = range;
    this.buffers = buffers;
    this.ended = ended;
    buffer = buffers.take(range.length());
    call = source.client().call(range, body().asByteBuffer());
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
    nanos = System.nanoTime() - began;
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

  /// How long it took; known once it has ended.
  long nanos() {
    return nanos;
  }

  /// Whether less than `least` bytes came during the last `window` nanoseconds. Called by the
  /// waiter from time to time.
  boolean stalled(long now, long window, int least) {
    if (now - windowBegan < window) {
      return false;
    }
    int received = call.received();
    boolean stalled = received - windowReceived < least;
    windowBegan = now;
    windowReceived = received;
    return stalled;
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
