package dev.sway.blobd.server;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.ListedProfileAnswer;
import dev.sway.blobd.api.BlobdApi.ListedProfilesAnswer;
import dev.sway.blobd.api.BlobdApi.ProfileAnswer;
import dev.sway.blobd.api.ProfileBody;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.store.BlobStore;
import dev.sway.blobd.store.HotStore;
import dev.sway.blobd.store.OpenFile;
import dev.sway.blobd.store.ProfileStore;
import dev.sway.blobd.store.StoredProfile;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Semaphore;

/// `/v1/profiles`: what runs of a command ask for, kept beside the image.
final class ProfileRoutes implements HttpService {
  /// How many profiles are parsed at the same time; each becomes several times its 4 MiB.
  private static final int PARSED_AT_ONCE = 4;

  private final Program program;
  private final BlobStore blobs;
  private final Completeness manifests;
  private final ProfileStore profiles;
  private final HotStore hot;
  private final BearerTokens tokens;
  private final Semaphore parsers = new Semaphore(PARSED_AT_ONCE);

  ProfileRoutes(
      Program program, BlobStore blobs, ProfileStore profiles, HotStore hot, BearerTokens tokens) {
    this.program = program;
    this.blobs = blobs;
    manifests = new Completeness(blobs);
    this.profiles = profiles;
    this.hot = hot;
    this.tokens = tokens;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/{digest}", this::list)
        .get("/{digest}/{key}", this::read)
        .put("/{digest}/{key}", this::store)
        .delete("/{digest}/{key}", this::remove);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Digest image = ProfilePath.image(request, blobs);
    Map<CommandKey, Long> hotBytes = hot.bytes(image);
    Answers.json(
        response,
        new ListedProfilesAnswer(
            profiles.list(image).stream()
                .map(profile ->
                    new ListedProfileAnswer(
                        profile.key().hex(),
                        profile.bytes(),
                        modified(profile),
                        hotBytes.getOrDefault(profile.key(), 0L)))
                .toList()));
  }

  private void read(ServerRequest request, ServerResponse response) throws IOException {
    ProfilePath path = ProfilePath.of(request, blobs);
    try (OpenFile profile =
        profiles.find(path.image(), path.key()).orElseThrow(() -> unknown(path))) {
      Answers.tagged(program, request, response, profile);
    }
  }

  private void store(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ProfilePath path = ProfilePath.of(request, blobs);
    byte[] bytes = RequestBody.bytes(request, BlobdApi.MAX_PROFILE_BYTES);
    check(bytes, path);
    ProfileStore.Outcome outcome =
        profiles.put(path.image(), path.key(), bytes, Precondition.of(request)::check);
    response
        .status(outcome.created() ? Status.CREATED_201 : Status.OK_200)
        .header(HeaderNames.ETAG, Precondition.tag(Digest.of(bytes)));
    Answers.json(response, answer(outcome.stored()));
  }

  private void check(byte[] bytes, ProfilePath path) throws IOException {
    parsers.acquireUninterruptibly();
    try {
      manifests.manifest(path.image());
      ProfileBody.read(bytes, path.image(), path.key(), path.key().hex());
    } finally {
      parsers.release();
    }
  }

  private void remove(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ProfilePath path = ProfilePath.of(request, blobs);
    StoredProfile removed =
        profiles
            .remove(path.image(), path.key(), Precondition.of(request)::check)
            .orElseThrow(() -> unknown(path));
    Answers.json(response, answer(removed));
  }

  private static SwayException unknown(ProfilePath path) {
    return new SwayException(
        FailureKind.NOT_FOUND,
        "there is no profile %s of the image %s".formatted(path.key(), path.image()));
  }

  private static ProfileAnswer answer(StoredProfile stored) {
    return new ProfileAnswer(stored.key().hex(), stored.bytes(), modified(stored));
  }

  private static String modified(StoredProfile stored) {
    return stored.modified().truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
