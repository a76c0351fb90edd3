package dev.sway.blobd.server;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.MissingAnswer;
import dev.sway.blobd.api.BlobdApi.MissingRequest;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiError;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.ByteRange;
import dev.sway.blobd.http.RequestBody;
import dev.sway.blobd.http.WireJson;
import dev.sway.blobd.store.BlobStore;
import dev.sway.blobd.store.ReadableBlobs;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.ManifestFormat;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// `/v1/blobs`: reading, uploading, and asking what is missing.
final class BlobRoutes implements HttpService {
  private final Program program;
  private final BlobStore store;
  private final ReadableBlobs hot;
  private final BearerTokens tokens;

  /// @param hot what can be read beside the images' blobs, and counts as none of them
  BlobRoutes(Program program, BlobStore store, ReadableBlobs hot, BearerTokens tokens) {
    this.program = program;
    this.store = store;
    this.hot = hot;
    this.tokens = tokens;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/{digest}", this::read)
        .head("/{digest}", this::read)
        .put("/{digest}", this::upload)
        .post("/missing", this::missing);
  }

  private void read(ServerRequest request, ServerResponse response) throws IOException {
    Digest digest = Answers.digest(request, "digest");
    ReadableBlobs blobs = store.size(digest).isPresent() ? store : hot;
    long size =
        blobs
            .size(digest)
            .orElseThrow(
                () -> new SwayException(FailureKind.NOT_FOUND, "there is no blob " + digest));
    String tag = '"' + digest.toString() + '"';
    if (request.prologue().method().equals(Method.HEAD)) {
      describe(response, tag).header(HeaderNames.CONTENT_LENGTH, Long.toString(size)).send();
      return;
    }
    switch (ByteRange.parse(range(request, tag), size)) {
      case ByteRange.Whole _ -> send(describe(response, tag), blobs, digest, 0, size);
      case ByteRange.Part part -> {
        describe(response, tag)
            .status(Status.PARTIAL_CONTENT_206)
            .header(HeaderNames.CONTENT_RANGE, part.contentRange(size));
        send(response, blobs, digest, part.first(), part.length());
      }
      case ByteRange.Unsatisfiable none ->
          response
              .status(Status.REQUESTED_RANGE_NOT_SATISFIABLE_416)
              .header(HeaderNames.CONTENT_RANGE, none.contentRange(size))
              .header(HeaderNames.CONTENT_TYPE, "application/json")
              .send(
                  WireJson.write(
                      ApiError.of(
                          FailureKind.USAGE,
                          "blob %s has %d bytes, and one range of them may be asked for"
                              .formatted(digest, size))));
    }
  }

  private static ServerResponse describe(ServerResponse response, String tag) {
    return response
        .header(HeaderNames.ETAG, tag)
        .header(HeaderNames.ACCEPT_RANGES, "bytes")
        .header(HeaderNames.CACHE_CONTROL, "public, max-age=31536000, immutable")
        .header(HeaderNames.CONTENT_TYPE, "application/octet-stream");
  }

  /// The `Range` header, unless `If-Range` names something else than this blob (RFC 9110, 13.1.5).
  private static Optional<String> range(ServerRequest request, String tag) {
    List<String> ranges = request.headers().all(HeaderNames.RANGE, List::of);
    String condition = request.headers().first(HeaderNames.IF_RANGE).orElse(tag);
    return ranges.isEmpty() || !condition.equals(tag)
        ? Optional.empty()
        : Optional.of(String.join(",", ranges));
  }

  private void send(
      ServerResponse response, ReadableBlobs blobs, Digest digest, long offset, long length)
      throws IOException {
    if (length == 0) {
      Answers.stream(program, response, InputStream.nullInputStream(), 0);
      return;
    }
    try (InputStream in = blobs.read(digest, offset, length)) {
      Answers.stream(program, response, in, length);
    }
  }

  private void upload(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    Digest digest = Answers.digest(request, "digest");
    Upload.receive(
        request,
        response,
        ManifestFormat.MAX_INDEX_BYTES,
        body -> store.put(digest, body, ManifestFormat.MAX_INDEX_BYTES));
  }

  /// The first step of an upload, so it needs what an upload needs.
  private void missing(ServerRequest request, ServerResponse response) throws IOException {
    tokens.check(request.headers().first(HeaderNames.AUTHORIZATION));
    List<Digest> asked =
        RequestBody.json(request, MissingRequest.class, BlobdApi.MAX_MISSING_BYTES).digests();
    if (asked.size() > BlobdApi.MAX_MISSING) {
      throw new SwayException(
          FailureKind.USAGE,
          "%d digests in one question; ask for at most %d"
              .formatted(asked.size(), BlobdApi.MAX_MISSING));
    }
    List<Digest> missing = new ArrayList<>();
    for (Digest digest : new LinkedHashSet<>(asked)) {
      if (store.size(digest).isEmpty()) {
        missing.add(digest);
      }
    }
    Answers.json(response, new MissingAnswer(missing));
  }
}
