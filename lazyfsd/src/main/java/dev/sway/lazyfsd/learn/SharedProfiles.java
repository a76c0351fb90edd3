package dev.sway.lazyfsd.learn;

import dev.sway.blobd.client.FetchedProfile;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileLearner;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/// The worker's own profiles, and those that blobd has of all workers. Thread-safe.
///
/// A worker that has no profile of a command uses blobd's, and teaches blobd what its runs add.
/// Without blobd, or without the right to write there, it goes on with its own.
final class SharedProfiles implements Profiles {
  private static final System.Logger LOG = System.getLogger(SharedProfiles.class.getName());

  /// How long a run waits for an answer before it starts without a profile.
  private static final long PATIENCE_MILLIS = 1000;

  private final LocalProfiles own;
  private final dev.sway.blobd.client.Profiles shared;

  /// What was last said of blobd: the same is not said after each run.
  private final AtomicReference<String> complaint = new AtomicReference<>("");

  /// @param shared stays the caller's
  SharedProfiles(LocalProfiles own, dev.sway.blobd.client.Profiles shared) {
    this.own = own;
    this.shared = shared;
  }

  @Override
  public Optional<Found> find(Digest manifest, CommandKey command) throws IOException {
    Optional<Found> mine = own.find(manifest, command);
    if (mine.isPresent()) {
      return mine;
    }
    Optional<FetchedProfile> fetched = fetch(manifest, command);
    if (fetched.isEmpty()) {
      return Optional.empty();
    }
    Profile profile = fetched.get().profile();
    own.keep(profile);
    return Optional.of(new Found(profile, Digest.of(ProfileWriter.write(profile)), "blobd"));
  }

  private Optional<FetchedProfile> fetch(Digest manifest, CommandKey command) {
    FutureTask<Optional<FetchedProfile>> answer =
        new FutureTask<>(() -> shared.find(manifest, command));
    Thread.ofVirtual().name("profile-fetch").start(answer);
    try {
      return answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      complain(
          "no profile from blobd: " + Objects.requireNonNullElse(e.getCause(), e).getMessage());
    } catch (TimeoutException e) {
      complain("no profile from blobd within %d ms".formatted(PATIENCE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    answer.cancel(true);
    return Optional.empty();
  }

  private void complain(String message) {
    if (!message.equals(complaint.getAndSet(message))) {
      LOG.log(System.Logger.Level.WARNING, "{0}", message);
    }
  }

  @Override
  public boolean learn(Trace trace) throws IOException {
    TraceHeader header = trace.header();
    boolean added = own.learn(trace);
    if (!added && !header.cold()) {
      return false;
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
      if (all.isPresent()) {
        own.keep(all.get());
      }
    } catch (IOException e) {
      complain("blobd does not learn from this worker's runs: " + e.getMessage());
    }
    return added;
  }
}
