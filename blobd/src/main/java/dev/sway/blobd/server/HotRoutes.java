package dev.sway.blobd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.store.BlobStore;
import dev.sway.blobd.store.HotStore;
import dev.sway.blobd.store.OpenFile;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.id.Digest;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;

/// `/v1/profiles/MANIFEST/KEY/hot`: the hot pack of a profile, and its map. The pack is uploaded
/// here and read as a blob.
final class HotRoutes implements HttpService {
  private final Program program;
  private final BlobStore blobs;
  private final Completeness manifests;
  private final HotStore hot;
  private final BearerTokens tokens;

  HotRoutes(Program program, BlobStore blobs, HotStore hot, BearerTokens tokens) {
    this.program = program;
    this.blobs = blobs;
    manifests = new Completeness(blobs);
    this.hot = hot;
    this.tokens = tokens;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/{digest}/{key}/hot", this::read)
        .put("/{digest}/{key}/hot", this::storeMap)
        .put("/{digest}/{key}/hot/{pack}", this::storePack);
  }

  private void read(ServerRequest request, ServerResponse response) throws IOException {
    ProfilePath path = ProfilePath.of(request, blobs);
    try (OpenFile map = hot.find(path.image(), path.key()).orElseThrow(() -> none(path))) {
      Answers.tagged(program, request, response, map);
    }
  }

  private static SwayException none(ProfilePath path) {
    return new SwayException(
        FailureKind.NOT_FOUND,
        "there is no hot pack of the profile %s of the image %s"
            .formatted(path.key(), path.image()));
  }

  private void storePack(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ProfilePath path = ProfilePath.of(request, blobs);
    Digest pack = Answers.digest(request, "pack");
    manifests.manifest(path.image());
    Upload.receive(
        request,
        response,
        HotMapFormat.MAX_PACK_BYTES,
        body -> hot.putPack(path.image(), path.key(), pack, body));
  }

  private void storeMap(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    ProfilePath path = ProfilePath.of(request, blobs);
    byte[] bytes = RequestBody.bytes(request, HotMapFormat.MAX_BYTES);
    boolean created = hot.putMap(path.image(), path.key(), bytes);
    response
        .status(created ? Status.CREATED_201 : Status.OK_200)
        .header(HeaderNames.ETAG, Precondition.tag(Digest.of(bytes)))
        .send();
  }
}
