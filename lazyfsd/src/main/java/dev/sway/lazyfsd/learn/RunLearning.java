package dev.sway.lazyfsd.learn;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.fuse.ReadAheadSize;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.prefetch.NarrowReading;
import dev.sway.lazyfsd.prefetch.Prefetch;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.Neighbours;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What one run has prefetched, and leaves to learn from. Thread-safe.
public final class RunLearning {
  private static final System.Logger LOG = System.getLogger(RunLearning.class.getName());

  /// How long a start is taken to last: what is read later is more likely to be data than programs,
  /// and read from front to back.
  static final long START_SECONDS = 10;

  /// The same of a run that is recorded page by page.
  private static final long RECORDED_START_SECONDS = 60;

  /// How long a run waits for what its profile names, where it is told to.
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Learning learning;
  private final Subject subject;
  private final MountedImage mount;
  private final FetchCounters.Snapshot before;
  private final long helped;
  private final RunRecording recording;
  private final PrefetchPolicy policy;
  private final Starts.Start start;
  private Optional<Profiles.Found> profile = Optional.empty();
  private @Nullable Prefetch prefetch;
  private volatile NarrowReading.@Nullable Lease small;
  private volatile NarrowReading.@Nullable Lease pageByPage;
  private volatile Neighbours.@Nullable Lease guesses;
  private volatile @Nullable Future<?> widening;
  private boolean earlier;

  /// What is run.
  ///
  /// @param run its id
  /// @param image as it was asked for
  /// @param args the command line
  /// @param started when the request came
  /// @param startedNanos the same by [System#nanoTime]
  /// @param cold whether the image was mounted for this run
  public record Subject(
      String run,
      String image,
      Digest manifest,
      CommandKey command,
      List<String> args,
      Instant started,
      long startedNanos,
      boolean cold) {
    public Subject {
      args = List.copyOf(args);
    }
  }

  /// @param start of the run
  RunLearning(
      Learning learning,
      Subject subject,
      MountedImage mount,
      PrefetchPolicy policy,
      Starts.Start start) {
    this.start = start;
    this.learning = learning;
    this.subject = subject;
    this.mount = mount;
    this.policy = policy;
    this.before = subject.cold() ? FetchCounters.Snapshot.NONE : mount.counters().snapshot();
    this.helped = mount.walks().helped();
    this.recording =
        new RunRecording(subject.run(), mount.log(), subject.cold(), subject.startedNanos());
  }

  /// Has what the command's profile names brought, where there is one and the kernel has not been
  /// given it before. What goes wrong costs no more than that nothing is brought.
  void prefetch(Profiles profiles, Optional<ProfileLookup> lookup) {
    earlier = !mount.prefetches().first(subject.command());
    if (!earlier) {
      narrow();
    }
    if (!policy.prefetches() || earlier) {
      return;
    }
    try {
      profile =
          lookup.isPresent()
              ? lookup.get().await(subject.command())
              : profiles.find(subject.manifest(), subject.command());
      if (profile.isPresent()) {
        mark(Mark.PREFETCH_BEGUN);
        prefetch = mount.prefetches().begin(profile.get().profile(), profile.get().hot());
      } else if (subject.cold()) {
        prefetch = mount.prefetches().beginWhole().orElse(null);
        if (prefetch != null) {
          mark(Mark.PREFETCH_BEGUN);
        }
      }
      if (prefetch == null) {
        guesses = mount.prefetches().guess();
      }
    } catch (IOException | RuntimeException e) {
      guesses = mount.prefetches().guess();
      LOG.log(
          System.Logger.Level.WARNING,
          "nothing is prefetched for run {0}: {1}",
          subject.run(),
          String.valueOf(e.getMessage()));
    }
  }

  /// Says what a run executes, in the way of [MountPrefetches#expect].
  @FunctionalInterface
  public interface Programs {
    List<String> find() throws IOException;
  }

  /// What the run is about to execute, for guesses where there is no profile. What goes wrong costs
  /// no more than these.
  public void expect(Programs programs, Optional<byte[]> script) {
    if (guesses == null) {
      return;
    }
    try {
      mount.prefetches().expect(programs.find(), script);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "nothing is guessed: {0}", e.toString());
    }
  }

  /// While this run starts the kernel asks for what is used, page by page. Where that are so many
  /// that the recording will not have them all it asks for a little more at a time, unless a
  /// recording is what the run is for.
  private void narrow() {
    boolean recorded = policy == PrefetchPolicy.RECORD;
    pageByPage = mount.prefetches().narrow(ReadAheadSize.NONE);
    if (!recorded) {
      small = mount.prefetches().narrow(ReadAheadSize.SMALL);
      recording.whenHalfFull(this::coarsen);
    }
    widening = learning.inAWhile(this::widen, recorded ? RECORDED_START_SECONDS : START_SECONDS);
  }

  private void coarsen() {
    NarrowReading.Lease pages = pageByPage;
    if (pages != null) {
      pages.close();
    }
  }

  /// The start is over.
  private void widen() {
    start.close();
    Future<?> planned = widening;
    if (planned != null) {
      // Else the timer knows it, and all that it has, for longer than it is used.
      planned.cancel(false);
    }
    coarsen();
    NarrowReading.Lease reading = small;
    if (reading != null) {
      reading.close();
    }
    Neighbours.Lease guessing = guesses;
    if (guessing != null) {
      guessing.close();
    }
  }

  /// Waits for what is prefetched, if this run is to.
  public void awaitPrefetch() {
    Prefetch begun = prefetch;
    if (begun != null && policy == PrefetchPolicy.WAIT) {
      begun.await(PATIENCE);
    }
  }

  /// This moment is `mark`; the first one counts.
  public void mark(Mark mark) {
    recording.mark(mark);
  }

  /// Some moment was `mark`; the first one counts.
  ///
  /// @param nanos when it was, by [System#nanoTime]
  public void markNanos(Mark mark, long nanos) {
    recording.markNanos(mark, nanos);
  }

  /// A moment that is known by the clock on the wall.
  public void mark(Mark mark, Instant moment) {
    recording.mark(mark, Duration.between(subject.started(), moment));
  }

  /// The run does not begin after all: nothing is prefetched for it any more, and it leaves nothing
  /// to learn from.
  public void abandon() {
    Prefetch begun = prefetch;
    if (begun != null) {
      begun.close();
    }
    widen();
    recording.stop();
    if (!earlier) {
      mount.prefetches().forget(subject.command());
    }
  }

  /// The run is over: its trace is kept and learnt from, soon. Nothing is prefetched for it any
  /// more.
  ///
  /// @param exitCode -1 where it did not end by itself
  /// @param after is called once the mount is not needed for this any more
  public void end(int exitCode, Runnable after) {
    Prefetch begun = prefetch;
    if (begun != null) {
      begun.close();
    }
    widen();
    recording.stop();
    if (!earlier && exitCode != 0 && (begun == null || !begun.isComplete())) {
      // It may have ended before it asked for much, and nothing more is brought.
      mount.prefetches().forget(subject.command());
    }
    FetchCounters.Snapshot fetched = mount.counters().snapshot().since(before);
    AtomicReference<@Nullable Trace> left = new AtomicReference<>();
    AtomicBoolean learnt = new AtomicBoolean();
    learning.later(
        subject.run(),
        () -> {
          Trace trace = recording.trace(header(exitCode, fetched), mount.view());
          learnt.set(learning.keep(trace));
          left.set(trace);
        },
        () -> learning.share(Objects.requireNonNull(left.getAndSet(null)), learnt.get()),
        () -> {
          // What has added nothing on a mount that was there needs no other hot pack.
          if (learnt.get() || subject.cold()) {
            learning.heat(subject.manifest(), subject.command(), mount.prefetches());
          }
        },
        after);
  }

  private TraceHeader header(int exitCode, FetchCounters.Snapshot fetched) {
    Prefetch begun = prefetch;
    // Before it is asked when it ended: it may do so just now, and what is done has an end.
    PrefetchSummary summary = summary(begun);
    if (begun != null) {
      recording.markNanos(Mark.PREFETCH_ENDED, begun.ended());
    }
    return new TraceHeader(
        subject.run(),
        subject.image(),
        subject.manifest(),
        subject.command(),
        subject.args(),
        subject.started(),
        subject.cold(),
        exitCode,
        // What a walk was spared to ask for is missing too.
        recording.lost() + mount.walks().helped() - helped,
        fetched.bytes(),
        fetched.requests(),
        mount.image().manifest().packBytes(),
        summary,
        recording.marks());
  }

  private PrefetchSummary summary(@Nullable Prefetch begun) {
    if (begun == null) {
      return earlier && policy.prefetches()
          ? PrefetchSummary.earlier(policy.toString())
          : PrefetchSummary.none(
              (policy == PrefetchPolicy.RECORD ? PrefetchPolicy.OFF : policy).toString());
    }
    return new PrefetchSummary(
        policy.toString(),
        profile.map(found -> found.digest().toString()).orElse(""),
        profile.map(Profiles.Found::origin).orElse(PrefetchSummary.WHOLE_IMAGE),
        begun.chunks(),
        begun.segments(),
        begun.fetchedBytes(),
        begun.pushedBytes(),
        begun.outcome());
  }
}
