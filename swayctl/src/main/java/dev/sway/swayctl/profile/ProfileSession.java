package dev.sway.swayctl.profile;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.FetchedProfile;
import dev.sway.blobd.client.ListedProfile;
import dev.sway.blobd.client.Profiles;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileLearner;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.swayctl.image.ImageSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The profiles of the image that one command is about. Not thread-safe.
public final class ProfileSession {
  private static final int MIN_DIGITS = 6;
  private static final Pattern PREFIX = Pattern.compile("[0-9a-f]{1,64}");

  private final String image;
  private final Digest manifest;
  private final Profiles profiles;

  private ProfileSession(String image, Digest manifest, Profiles profiles) {
    this.image = image;
    this.manifest = manifest;
    this.profiles = profiles;
  }

  /// The profiles of the image that a user wrote as `NAME[:TAG]` or `sha256:HEX`.
  public static ProfileSession of(BlobClient client, String image) throws IOException {
    return new ProfileSession(image, ImageSession.digest(client, image), client.profiles());
  }

  /// The image as the user wrote it.
  public String image() {
    return image;
  }

  /// The digest of its manifest.
  public Digest manifest() {
    return manifest;
  }

  /// What is stored.
  public List<ListedProfile> list() throws IOException {
    return profiles.list(manifest);
  }

  /// The row of a listed profile; empty where it is gone by now.
  public Optional<ProfileRow> row(ListedProfile listed) throws IOException {
    try {
      return profiles
          .find(manifest, listed.key())
          .map(fetched -> ProfileRow.of(listed, fetched.profile()));
    } catch (CorruptException | UnsupportedVersionException e) {
      return Optional.of(ProfileRow.unreadable(listed, e.getMessage()));
    }
  }

  /// The key that a user wrote, of which the first digits will do where they are no other's, too.
  ///
  /// @throws SwayException of kind `usage` where `text` is none or several, `not-found` where no
  ///   profile has it
  public CommandKey key(String text) throws IOException {
    Optional<CommandKey> whole = CommandKey.parse(text);
    if (whole.isPresent()) {
      return whole.get();
    }
    if (!PREFIX.matcher(text).matches() || text.length() < MIN_DIGITS) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' is not the KEY of a profile; give its first %d or more digits, as 'swayctl profile ls %s' prints them"
              .formatted(text.substring(0, Math.min(80, text.length())), MIN_DIGITS, image));
    }
    List<CommandKey> found =
        list().stream().map(ListedProfile::key).filter(key -> key.hex().startsWith(text)).toList();
    if (found.isEmpty()) {
      throw unknown(text);
    }
    if (found.size() > 1) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' begins the keys of %d profiles of %s; give more digits"
              .formatted(text, found.size(), image));
    }
    return found.getFirst();
  }

  private SwayException unknown(String key) {
    return new SwayException(
        FailureKind.NOT_FOUND,
        "there is no profile '%s' of %s; 'swayctl profile ls %s' lists what there is"
            .formatted(key, image, image));
  }

  /// The profile with this key.
  ///
  /// @throws SwayException of kind `not-found` where there is none
  public Profile find(CommandKey key) throws IOException {
    return profiles
        .find(manifest, key)
        .map(FetchedProfile::profile)
        .orElseThrow(() -> unknown(key.hex()));
  }

  /// Stores `profile`, whatever is there.
  ///
  /// @param from where it comes from, for messages
  /// @throws SwayException of kind `usage` where it is one of another image
  public void push(Profile profile, String from) throws IOException {
    if (!profile.manifest().equals(manifest)) {
      throw new SwayException(
          FailureKind.USAGE,
          "%s is a profile of the image %s, not of %s, %s"
              .formatted(from, profile.manifest(), image, manifest));
    }
    profiles.put(profile);
  }

  /// A profile as it is stored now.
  ///
  /// @param changed whether it is another than before
  public record Learnt(Profile profile, boolean changed) {}

  /// Has the profiles of the commands that `traces` are of learn from them, in the order in which
  /// the runs started, and stores them. One that is pinned stays as it is; the run that one has
  /// learnt from last is not learnt again.
  ///
  /// @param anew whether what is stored is forgotten, unless it is pinned or the traces teach
  ///   nothing
  /// @return the profiles of these commands; nothing of a command that has none
  /// @throws SwayException of kind `usage` where a trace is of another image
  public List<Learnt> learn(List<Trace> traces, boolean anew) throws IOException {
    for (Trace trace : traces) {
      if (!trace.header().manifest().equals(manifest)) {
        throw new SwayException(
            FailureKind.USAGE,
            "the trace of run %s is of the image %s (%s), not of %s (%s)"
                .formatted(
                    trace.header().run(),
                    trace.header().image(),
                    trace.header().manifest(),
                    image,
                    manifest));
      }
    }
    Map<CommandKey, List<Trace>> commands =
        traces.stream()
            .sorted(Comparator.comparing(trace -> trace.header().started()))
            .collect(
                Collectors.groupingBy(
                    trace -> trace.header().command(), LinkedHashMap::new, Collectors.toList()));
    List<Learnt> learnt = new ArrayList<>();
    for (Map.Entry<CommandKey, List<Trace>> command : commands.entrySet()) {
      AtomicBoolean changed = new AtomicBoolean();
      profiles
          .update(
              manifest,
              command.getKey(),
              stored -> {
                Optional<Profile> after = learnt(stored, command.getValue(), anew);
                changed.set(after.isPresent());
                return after;
              })
          .ifPresent(profile -> learnt.add(new Learnt(profile, changed.get())));
    }
    return learnt;
  }

  private static Optional<Profile> learnt(
      Optional<Profile> stored, List<Trace> traces, boolean anew) {
    Optional<Profile> before = stored.filter(profile -> profile.pinned() || !anew);
    Optional<Profile> after = before;
    for (Trace trace : traces) {
      boolean known = after.map(profile -> ProfileLearner.hasLearnt(profile, trace)).orElse(false);
      if (!known) {
        after = Optional.of(ProfileLearner.learn(after, trace));
      }
    }
    return after.filter(
        profile -> !profile.paths().isEmpty() && !stored.equals(Optional.of(profile)));
  }

  /// Removes the profile with this key.
  ///
  /// @throws SwayException of kind `not-found` where there is none
  public void remove(CommandKey key) throws IOException {
    if (!profiles.remove(manifest, key)) {
      throw unknown(key.hex());
    }
  }

  /// Pins the profile with this key, or lets it learn again. What others store meanwhile is kept.
  ///
  /// @throws SwayException of kind `not-found` where there is none
  public void pin(CommandKey key, boolean pinned) throws IOException {
    Optional<Profile> stored =
        profiles.update(
            manifest,
            key,
            found ->
                found
                    .filter(profile -> profile.pinned() != pinned)
                    .map(profile -> profile.withPin(pinned)));
    if (stored.isEmpty()) {
      throw unknown(key.hex());
    }
  }
}
