package dev.sway.blobd.client;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.ListedProfileAnswer;
import dev.sway.blobd.api.BlobdApi.ListedProfilesAnswer;
import dev.sway.blobd.api.BlobdApi.ProfilesAnswer;
import dev.sway.blobd.api.HotBody;
import dev.sway.blobd.api.ProfileBody;
import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// The profiles of images on one blobd, by the image's manifest and the command's key. A blobd that
/// is too old to keep profiles has none.
///
/// Thread-safe. Failures are those of [BlobClient]; an image that the server does not have is
/// `unknown-image`.
public final class Profiles {
  private static final int MAX_LIST_BYTES = 1 << 20;

  private static final long UNKNOWN = -1;

  /// As often as this others may be first, until an update is given up.
  private static final int ATTEMPTS = 20;

  private static final long LONGEST_PAUSE_MILLIS = 50;

  /// What a tag may be, so that it can be sent back as it is.
  private static final Pattern TAG = Pattern.compile("\"[!#-~]{1,128}\"");

  private final HttpCaller caller;

  Profiles(HttpCaller caller) {
    this.caller = caller;
  }

  /// Makes a new profile of the one that is stored.
  @FunctionalInterface
  public interface Change {
    /// What is to be stored instead of `stored`, of the same image and command; empty where that is
    /// to stay.
    Optional<Profile> of(Optional<Profile> stored) throws IOException;
  }

  /// All profiles of an image, sorted by key.
  public List<ListedProfile> list(Digest manifest) throws IOException {
    byte[] body;
    try (HttpAnswer answer = caller.send(caller.request(BlobdApi.profiles(manifest)).build())) {
      body = answer.bytes(MAX_LIST_BYTES);
    } catch (SwayException e) {
      return none(e, List.of());
    }
    List<ListedProfile> profiles = new ArrayList<>();
    for (ListedProfileAnswer profile : answers(body)) {
      profiles.add(listed(profile));
    }
    return List.copyOf(profiles);
  }

  /// What is in a list, with [#UNKNOWN] where an older server does not say how large hot packs are.
  private List<ListedProfileAnswer> answers(byte[] body) throws SwayException {
    try {
      return caller.json(body, ListedProfilesAnswer.class).profiles();
    } catch (SwayException e) {
      return caller.json(body, ProfilesAnswer.class).profiles().stream()
          .map(profile ->
              new ListedProfileAnswer(profile.key(), profile.bytes(), profile.modified(), UNKNOWN))
          .toList();
    }
  }

  /// The profile of a command.
  ///
  /// @throws CorruptException where what the server has is no profile, or of others
  public Optional<FetchedProfile> find(Digest manifest, CommandKey key) throws IOException {
    HttpRequest request = caller.request(BlobdApi.profile(manifest, key)).build();
    try (HttpAnswer answer = caller.send(request)) {
      byte[] bytes = answer.bytes(BlobdApi.MAX_PROFILE_BYTES);
      Profile profile = ProfileBody.read(bytes, manifest, key, key + " of " + caller);
      return Optional.of(new FetchedProfile(new FetchedFile<>(profile, bytes), tag(answer)));
    } catch (SwayException e) {
      return none(e, Optional.empty());
    }
  }

  private static <T> T none(SwayException failure, T nothing) throws SwayException {
    if (failure.kind() == FailureKind.NOT_FOUND) {
      return nothing;
    }
    throw failure;
  }

  /// Stores a profile, whatever is there.
  ///
  /// @throws SwayException of kind `in-use` where the image has too many, all pinned
  public void put(Profile profile) throws IOException {
    send(profile, request(profile));
  }

  /// Stores a profile where its command has none yet.
  ///
  /// @throws SwayException of kind `changed` where it has one; as [#put] otherwise
  public void create(Profile profile) throws IOException {
    send(profile, request(profile).header("If-None-Match", "*"));
  }

  /// Stores a profile instead of the one with `tag`.
  ///
  /// @throws SwayException of kind `changed` where that is gone or another; as [#put] otherwise
  public void replace(Profile profile, String tag) throws IOException {
    send(profile, request(profile).header("If-Match", tag));
  }

  /// Stores what `change` makes of the profile of a command. Where others store theirs at the same
  /// time, it is called again with what they have stored, so that nothing of it is lost.
  ///
  /// @return what is stored now
  /// @throws SwayException of kind `changed` where others were first all the time
  public Optional<Profile> update(Digest manifest, CommandKey key, Change change)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      Optional<FetchedProfile> fetched;
      try {
        fetched = find(manifest, key);
      } catch (CorruptException e) {
        return replaceDamaged(change);
      }
      Optional<Profile> stored = fetched.map(FetchedProfile::profile);
      Optional<Profile> changed = change.of(stored);
      if (changed.isEmpty()) {
        return stored;
      }
      try {
        if (fetched.isPresent()) {
          replace(changed.get(), fetched.get().tag());
        } else {
          create(changed.get());
        }
        return changed;
      } catch (SwayException e) {
        if (e.kind() != FailureKind.CHANGED || attempt == ATTEMPTS) {
          throw e;
        }
      }
      LockSupport.parkNanos(
          TimeUnit.MILLISECONDS.toNanos(
              ThreadLocalRandom.current().nextLong(1, LONGEST_PAUSE_MILLIS)));
    }
  }

  /// One that cannot be read is as good as none, and in the way of all others.
  private Optional<Profile> replaceDamaged(Change change) throws IOException {
    Optional<Profile> changed = change.of(Optional.empty());
    if (changed.isPresent()) {
      put(changed.get());
    }
    return changed;
  }

  /// Removes the profile of a command.
  ///
  /// @return whether there was one
  public boolean remove(Digest manifest, CommandKey key) throws IOException {
    HttpRequest request = caller.request(BlobdApi.profile(manifest, key)).DELETE().build();
    try (HttpAnswer answer = caller.send(request)) {
      answer.bytes(BlobdApi.MAX_JSON_BYTES);
      return true;
    } catch (SwayException e) {
      return none(e, false);
    }
  }

  /// The map of a profile's hot pack, which is read as a blob; empty where the profile has none,
  /// and where the server is too old to keep hot packs.
  ///
  /// @throws CorruptException where what the server has is no map, or of another image
  public Optional<FetchedFile<HotMap>> hot(Digest manifest, CommandKey key) throws IOException {
    HttpRequest request = caller.request(BlobdApi.hotMap(manifest, key)).build();
    try (HttpAnswer answer = caller.send(request)) {
      byte[] bytes = answer.bytes(HotMapFormat.MAX_BYTES);
      HotMap map = HotBody.read(bytes, manifest, key + " of " + caller);
      return Optional.of(new FetchedFile<>(map, bytes));
    } catch (SwayException e) {
      return none(e, Optional.empty());
    }
  }

  /// Stores a hot pack and then its map, instead of those that the profile had.
  ///
  /// @param key of the profile, which the server has
  /// @param pack the file that `map` is of
  /// @throws SwayException of kind `incomplete` where the server has no such profile; also, or of
  ///   kind `changed`, where another has removed the pack meanwhile
  /// @throws IllegalArgumentException where the map is longer than one may be
  public void putHot(HotMap map, CommandKey key, Path pack) throws IOException {
    byte[] bytes = HotMapWriter.write(map);
    BodyPublisher body = BlobClient.content(pack);
    if (body.contentLength() > HotMapFormat.MAX_PACK_BYTES) {
      throw tooLong("hot pack", key, body.contentLength(), HotMapFormat.MAX_PACK_BYTES);
    }
    String path = BlobdApi.hotPack(map.manifest(), key, map.pack().digest());
    send("hot packs", caller.request(path), body);
    send(
        "hot packs",
        caller.request(BlobdApi.hotMap(map.manifest(), key)),
        BodyPublishers.ofByteArray(bytes));
  }

  private HttpRequest.Builder request(Profile profile) {
    return caller.request(BlobdApi.profile(profile.manifest(), profile.command()));
  }

  private void send(Profile profile, HttpRequest.Builder request) throws IOException {
    byte[] bytes = ProfileWriter.write(profile);
    if (bytes.length > BlobdApi.MAX_PROFILE_BYTES) {
      throw tooLong("profile", profile.command(), bytes.length, BlobdApi.MAX_PROFILE_BYTES);
    }
    send("profiles", request, BodyPublishers.ofByteArray(bytes));
  }

  private static SwayException tooLong(String what, CommandKey key, long bytes, long most) {
    return new SwayException(
        FailureKind.USAGE,
        "the %s %s has %d bytes, more than the %d that a server keeps"
            .formatted(what, key, bytes, most));
  }

  private void send(String what, HttpRequest.Builder request, BodyPublisher body)
      throws IOException {
    request
        .PUT(body)
        .timeout(BlobClient.limit(body.contentLength()))
        .header("Content-Type", "application/octet-stream");
    try (HttpAnswer answer = caller.send(request.build())) {
      answer.bytes(BlobdApi.MAX_JSON_BYTES);
    } catch (SwayException e) {
      throw e.kind() == FailureKind.NOT_FOUND
          ? new SwayException(
              FailureKind.NOT_FOUND,
              "%s is too old to keep %s; update it".formatted(caller, what),
              e)
          : e;
    }
  }

  private String tag(HttpAnswer answer) throws SwayException {
    return answer
        .headers()
        .firstValue("ETag")
        .filter(tag -> TAG.matcher(tag).matches())
        .orElseThrow(() ->
            new SwayException(
                FailureKind.BLOBD_UNREACHABLE,
                caller + " sent a profile without a tag; is a proxy in between that drops it?"));
  }

  private ListedProfile listed(ListedProfileAnswer answer) throws SwayException {
    Optional<CommandKey> key = CommandKey.parse(answer.key());
    Optional<Instant> modified = instant(answer.modified());
    if (key.isEmpty() || modified.isEmpty() || answer.bytes() < 0 || answer.hotBytes() < UNKNOWN) {
      throw new SwayException(
          FailureKind.BLOBD_UNREACHABLE,
          "%s sent a profile that is none: '%s' of %s"
              .formatted(caller, answer.key(), answer.modified()));
    }
    return new ListedProfile(
        key.get(),
        answer.bytes(),
        modified.get(),
        answer.hotBytes() == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(answer.hotBytes()));
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
