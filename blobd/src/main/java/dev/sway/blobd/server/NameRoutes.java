package dev.sway.blobd.server;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.NameAnswer;
import dev.sway.blobd.api.BlobdApi.NamesAnswer;
import dev.sway.blobd.api.BlobdApi.PublishRequest;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.store.BlobStore;
import dev.sway.blobd.store.NameStore;
import dev.sway.blobd.store.StoredName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// `/v1/names`: what images there are, publishing one, and taking its name away.
final class NameRoutes implements HttpService {
  private final Completeness completeness;
  private final NameStore names;
  private final BearerTokens tokens;

  NameRoutes(BlobStore blobs, NameStore names, BearerTokens tokens) {
    completeness = new Completeness(blobs);
    this.names = names;
    this.tokens = tokens;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/", this::list)
        .get("/{+name}", this::find)
        .put("/{+name}", this::publish)
        .delete("/{+name}", this::remove);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Answers.json(response, new NamesAnswer(names.list().stream().map(NameRoutes::answer).toList()));
  }

  private void find(ServerRequest request, ServerResponse response) throws IOException {
    ImageName name = name(request);
    Answers.json(response, answer(names.find(name).orElseThrow(() -> unknown(name))));
  }

  private void remove(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ImageName name = name(request);
    Answers.json(response, answer(names.remove(name).orElseThrow(() -> unknown(name))));
  }

  private static SwayException unknown(ImageName name) {
    return new SwayException(
        FailureKind.UNKNOWN_IMAGE,
        "there is no image '%s'; 'swayctl images' lists what there is".formatted(name));
  }

  private void publish(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ImageName name = name(request);
    Digest manifest =
        RequestBody.json(request, PublishRequest.class, BlobdApi.MAX_JSON_BYTES).manifest();
    completeness.check(manifest);
    Answers.json(response, answer(names.put(name, manifest)));
  }

  private static ImageName name(ServerRequest request) throws SwayException {
    return ImageName.parse(request.path().pathParameters().get("name"));
  }

  private static NameAnswer answer(StoredName stored) {
    return new NameAnswer(
        stored.name().toString(), stored.manifest(), stored.modified().toString());
  }
}
