package dev.sway.lazyfsd.learn;

import dev.sway.blobd.client.FetchedFile;
import dev.sway.blobd.client.FetchedProfile;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileLearner;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.hot.HotPackBuilder;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// The worker's own profiles, and those that blobd has of all workers. Thread-safe.
///
/// A worker that has no profile of a command uses blobd's, and teaches blobd what its runs add.
/// Without blobd, or without the right to write there, it goes on with its own.
final class SharedProfiles implements Profiles {
  private static final System.Logger LOG = System.getLogger(SharedProfiles.class.getName());

  /// How long a run waits for an answer before it starts without a profile.
  private static final long PATIENCE_MILLIS = 1000;

  /// How long it waits for the map of the hot pack once the profile is there: on a slow link, where
  /// the index comes at the same time, that takes long, and a start without it three times as long.
  private static final long MAP_PATIENCE_MILLIS = 1000;

  private final LocalProfiles own;
  private final dev.sway.blobd.client.Profiles shared;
  private final Path scratch;

  /// Whether this worker may not write to blobd, as far as is known.
  private volatile boolean refused;

  /// What was last said of blobd: the same is not said after each run.
  private final AtomicReference<String> complaint = new AtomicReference<>("");

  /// @param shared stays the caller's
  /// @param scratch a folder for hot packs while they are built; used by this alone
  SharedProfiles(LocalProfiles own, dev.sway.blobd.client.Profiles shared, Path scratch)
      throws IOException {
    this.own = own;
    this.shared = shared;
    this.scratch = PrivateFolder.open(scratch);
    try (Stream<Path> left = Files.list(scratch)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public Optional<Found> find(Digest manifest, CommandKey command) throws IOException {
    Optional<Found> mine = own.find(manifest, command);
    if (mine.isPresent()) {
      return mine;
    }
    FutureTask<Optional<FetchedFile<HotMap>>> map =
        ask("hot-map-fetch", () -> shared.hot(manifest, command));
    FutureTask<Optional<FetchedProfile>> asked =
        ask("profile-fetch", () -> shared.find(manifest, command));
    long patience = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    Optional<FetchedProfile> fetched = answer(asked, "profile", patience);
    // It was asked for at the same time; without it chunks are brought.
    long mapPatience = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAP_PATIENCE_MILLIS);
    Optional<FetchedFile<HotMap>> hot =
        fetched.isEmpty() ? Optional.empty() : answer(map, "map of a hot pack", mapPatience);
    map.cancel(true);
    if (fetched.isEmpty()) {
      return Optional.empty();
    }
    FetchedFile<Profile> profile = fetched.get().file();
    try {
      own.keepProfile(profile);
      if (hot.isPresent()) {
        own.keepMap(hot.get(), command);
      }
    } catch (IOException e) {
      // It is used all the same, and asked for again.
      complain("a profile from blobd is not kept: " + e.getMessage());
    }
    return Optional.of(
        new Found(profile.content(), profile.digest(), "blobd", hot.map(FetchedFile::content)));
  }

  private static <T> FutureTask<T> ask(String name, Callable<T> question) {
    FutureTask<T> task = new FutureTask<>(question);
    Thread.ofVirtual().name(name).start(task);
    return task;
  }

  /// What came until `patience` has ended.
  ///
  /// @param what is asked for, in a word
  private <T> Optional<T> answer(FutureTask<Optional<T>> asked, String what, long patience) {
    try {
      return asked.get(Math.max(0, patience - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      complain(
          "no %s from blobd: %s"
              .formatted(what, Objects.requireNonNullElse(e.getCause(), e).getMessage()));
    } catch (TimeoutException e) {
      complain("no %s from blobd in time".formatted(what));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    asked.cancel(true);
    return Optional.empty();
  }

  private void complain(String message) {
    if (!message.equals(complaint.getAndSet(message))) {
      LOG.log(System.Logger.Level.WARNING, "{0}", message);
    }
  }

  @Override
  public boolean learn(Trace trace) throws IOException {
    return own.learn(trace);
  }

  @Override
  public void share(Trace trace, boolean added) throws IOException {
    TraceHeader header = trace.header();
    if (!added && !header.cold()) {
      return;
    }
    try {
      // What blobd has then is what all workers have learnt, and what people have pushed and
      // pinned.
      Optional<Profile> all =
          shared.update(
              header.manifest(),
              header.command(),
              stored -> {
                if (stored.isEmpty()) {
                  return own.find(header.manifest(), header.command()).map(Found::profile);
                }
                if (ProfileLearner.hasLearnt(stored.get(), trace)) {
                  // From the client that had it recorded.
                  return Optional.empty();
                }
                Profile after = ProfileLearner.learn(stored, trace);
                return stored.get().equals(after) ? Optional.empty() : Optional.of(after);
              });
      refused = false;
      if (all.isPresent()) {
        own.keep(all.get());
      }
    } catch (IOException e) {
      refused = e instanceof SwayException failure && failure.kind() == FailureKind.UNAUTHORIZED;
      complain("blobd does not learn from this worker's runs: " + e.getMessage());
    }
  }

  /// The map that blobd has; one that cannot be read is as good as none, and is replaced.
  private Optional<HotMap> stored(Digest manifest, CommandKey command) throws IOException {
    try {
      return shared.hot(manifest, command).map(FetchedFile::content);
    } catch (CorruptException | UnsupportedVersionException e) {
      complain("the map of a hot pack is made anew: " + e.getMessage());
      return Optional.empty();
    }
  }

  /// Brings the hot pack here that was stored just now, unless another worker has stored another
  /// one in its place since: that is known here then.
  private void bring(HotMap built, CommandKey command, MountPrefetches prefetches)
      throws IOException {
    try {
      prefetches.keep(built);
    } catch (IOException e) {
      Optional<HotMap> others =
          stored(built.manifest(), command).filter(map -> !map.pack().equals(built.pack()));
      if (others.isEmpty()) {
        throw e;
      }
      own.keep(others.get(), command);
    }
  }

  @Override
  public void heat(
      Digest manifest, CommandKey command, MountPrefetches prefetches, HotPackBuilder.Pause pause) {
    try {
      Optional<Found> found = own.find(manifest, command);
      if (found.isEmpty() || refused) {
        return;
      }
      Path file = scratch.resolve("hot-" + command.hex() + ".pack");
      try {
        Optional<HotMap> stored = stored(manifest, command);
        Optional<HotMap> built = prefetches.build(found.get().profile(), stored, file, pause);
        if (built.isPresent()) {
          shared.putHot(built.get(), command, file);
          own.keep(built.get(), command);
          bring(built.get(), command, prefetches);
        } else if (stored.isPresent()) {
          // Another worker's may be in the place of the one that is known here.
          own.keep(stored.get(), command);
        }
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (InterruptedIOException | ClosedByInterruptException e) {
      LOG.log(System.Logger.Level.DEBUG, "the worker ends: no hot pack");
    } catch (IOException | RuntimeException e) {
      complain("no hot pack for blobd: " + (e.getMessage() == null ? e : e.getMessage()));
    }
  }
}
