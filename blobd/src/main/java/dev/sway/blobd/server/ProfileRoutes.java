package dev.sway.blobd.server;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.ProfileAnswer;
import dev.sway.blobd.api.BlobdApi.ProfilesAnswer;
import dev.sway.blobd.api.ProfileBody;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.store.BlobStore;
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
import java.util.concurrent.Semaphore;

/// `/v1/profiles`: what runs of a command ask for, kept beside the image.
final class ProfileRoutes implements HttpService {
  /// How many profiles are parsed at the same time; each becomes several times its 4 MiB.
  private static final int PARSED_AT_ONCE = 4;

  private final Program program;
  private final BlobStore blobs;
  private final Completeness manifests;
  private final ProfileStore profiles;
  private final BearerTokens tokens;
  private final Semaphore parsers = new Semaphore(PARSED_AT_ONCE);

  ProfileRoutes(Program program, BlobStore blobs, ProfileStore profiles, BearerTokens tokens) {
    this.program = program;
    this.blobs = blobs;
    manifests = new Completeness(blobs);
    this.profiles = profiles;
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
    Answers.json(
        response,
        new ProfilesAnswer(
            profiles.list(image(request)).stream().map(ProfileRoutes::answer).toList()));
  }

  private void read(ServerRequest request, ServerResponse response) throws IOException {
    Digest image = image(request);
    CommandKey key = key(request);
    Precondition condition = Precondition.of(request);
    try (OpenFile profile = profiles.find(image, key).orElseThrow(() -> unknown(image, key))) {
      response
          .header(HeaderNames.ETAG, Precondition.tag(profile.digest()))
          .header(HeaderNames.CACHE_CONTROL, "no-cache");
      if (condition.isKnown(profile.digest())) {
        response.status(Status.NOT_MODIFIED_304).send();
        return;
      }
      response.header(HeaderNames.CONTENT_TYPE, "application/octet-stream");
      Answers.stream(program, response, profile.content(), profile.size());
    }
  }

  private void store(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    Digest image = image(request);
    CommandKey key = key(request);
    byte[] bytes = RequestBody.bytes(request, BlobdApi.MAX_PROFILE_BYTES);
    check(bytes, image, key);
    ProfileStore.Outcome outcome = profiles.put(image, key, bytes, Precondition.of(request)::check);
    response
        .status(outcome.created() ? Status.CREATED_201 : Status.OK_200)
        .header(HeaderNames.ETAG, Precondition.tag(Digest.of(bytes)));
    Answers.json(response, answer(outcome.stored()));
  }

  private void check(byte[] bytes, Digest image, CommandKey key) throws IOException {
    parsers.acquireUninterruptibly();
    try {
      manifests.manifest(image);
      ProfileBody.read(bytes, image, key, key.hex());
    } finally {
      parsers.release();
    }
  }

  private void remove(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    Digest image = image(request);
    CommandKey key = key(request);
    StoredProfile removed =
        profiles
            .remove(image, key, Precondition.of(request)::check)
            .orElseThrow(() -> unknown(image, key));
    Answers.json(response, answer(removed));
  }

  /// The manifest in the path, which the store has.
  private Digest image(ServerRequest request) throws IOException {
    Digest digest = Answers.digest(request);
    if (blobs.size(digest).isEmpty()) {
      throw new SwayException(
          FailureKind.UNKNOWN_IMAGE,
          "there is no image with the manifest %s; 'swayctl images' lists what there is"
              .formatted(digest));
    }
    return digest;
  }

  private static CommandKey key(ServerRequest request) throws SwayException {
    String text = request.path().pathParameters().get("key");
    return CommandKey.parse(text)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.USAGE,
                "'%s' is not the key of a command; use 64 lower-case hexadecimal digits"
                    .formatted(text.substring(0, Math.min(80, text.length())))));
  }

  private static SwayException unknown(Digest image, CommandKey key) {
    return new SwayException(
        FailureKind.NOT_FOUND, "there is no profile %s of the image %s".formatted(key, image));
  }

  private static ProfileAnswer answer(StoredProfile stored) {
    return new ProfileAnswer(
        stored.key().hex(),
        stored.bytes(),
        stored.modified().truncatedTo(ChronoUnit.MILLIS).toString());
  }
}
