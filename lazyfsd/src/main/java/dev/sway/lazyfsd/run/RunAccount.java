package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.source.FetchCounters;
import java.util.concurrent.TimeUnit;

/// What a run has cost.
///
/// @param facts of the run
/// @param image it runs on
/// @param before what the image had fetched when this worker began with the run
/// @param started when the request came, on [System#nanoTime]'s clock
record RunAccount(RunFacts facts, MountedImage image, FetchCounters.Snapshot before, long started) {
  private static final double NANOS = 1e9;

  /// Of a run that an earlier worker has started. What was fetched before this worker is not known
  /// any more.
  static RunAccount resumed(RunFacts facts, MountedImage image) {
    long ago = Math.max(0, System.currentTimeMillis() - facts.startedMillis());
    return new RunAccount(
        facts,
        image,
        image.counters().snapshot(),
        System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(ago));
  }

  /// The result of a container that has just ended with `exitCode`.
  ///
  /// @throws SwayException where it failed because it could not read its image
  RunResult result(int exitCode) throws SwayException {
    double total = (System.nanoTime() - started) / NANOS;
    FetchCounters.Snapshot fetched = image.counters().snapshot().since(before);
    Throwable lost = image.counters().lastFailure();
    if (exitCode != 0 && fetched.failures() > 0 && lost != null) {
      FailureKind kind = lost instanceof SwayException known ? known.kind() : FailureKind.INTERNAL;
      throw new SwayException(
          kind,
          "run %s lost its image and ended with %d: %s"
              .formatted(facts.id(), exitCode, String.valueOf(lost.getMessage())),
          lost);
    }
    return new RunResult(
        facts.id(),
        exitCode,
        new RunResult.Seconds(
            total, facts.mountSeconds(), Math.max(0, total - facts.mountSeconds())),
        fetched.bytes(),
        fetched.requests(),
        image.image().manifest().packBytes(),
        facts.coldMount());
  }
}
