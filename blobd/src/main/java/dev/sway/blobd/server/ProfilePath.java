package dev.sway.blobd.server;

import dev.sway.blobd.store.BlobStore;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;

/// Which profile a request is about.
///
/// @param image the digest of its image's manifest, which the store has
/// @param key of its command
record ProfilePath(Digest image, CommandKey key) {
  /// What is in the path.
  ///
  /// @throws SwayException of kind `unknown-image` where the store lacks the manifest, `usage`
  ///   where the path makes no sense
  static ProfilePath of(ServerRequest request, BlobStore blobs) throws IOException {
    return new ProfilePath(image(request, blobs), key(request));
  }

  /// The image alone.
  ///
  /// @throws SwayException likewise
  static Digest image(ServerRequest request, BlobStore blobs) throws IOException {
    Digest digest = Answers.digest(request, "digest");
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
}
