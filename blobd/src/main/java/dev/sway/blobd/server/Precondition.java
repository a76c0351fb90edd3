package dev.sway.blobd.server;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// `If-Match` and `If-None-Match` of a request (RFC 9110, 13.1), for things whose tag is the digest
/// of their bytes. A condition that makes no sense never holds: nothing is overwritten by mistake.
///
/// @param match the tags of which one must be there; empty where there is no such condition
/// @param noneMatch the tags of which none may be there
record Precondition(Optional<List<String>> match, Optional<List<String>> noneMatch) {
  private static final String ANY = "*";
  private static final String WEAK = "W/";

  static Precondition of(ServerRequest request) {
    return new Precondition(
        tags(request, HeaderNames.IF_MATCH), tags(request, HeaderNames.IF_NONE_MATCH));
  }

  private static Optional<List<String>> tags(ServerRequest request, HeaderName name) {
    return request.headers().contains(name)
        ? Optional.of(
            request.headers().all(name, List::of).stream()
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(String::strip)
                .toList())
        : Optional.empty();
  }

  /// The tag of bytes with this digest.
  static String tag(Digest digest) {
    return '"' + digest.toString() + '"';
  }

  /// Checks both conditions of a change.
  ///
  /// @param present the digest of what is there
  /// @throws SwayException of kind `changed` where one does not hold
  void check(Optional<Digest> present) throws SwayException {
    if (match.isPresent() && !present.map(found -> isIn(match.get(), found)).orElse(false)) {
      throw new SwayException(
          FailureKind.CHANGED,
          present.isPresent()
              ? "the profile is another by now; read it again"
              : "the profile is gone by now");
    }
    if (noneMatch.isPresent() && !isList(noneMatch.get())) {
      throw new SwayException(
          FailureKind.CHANGED, "If-None-Match makes no sense; use * or a tag in quotes");
    }
    if (present.isPresent() && isKnown(present.get())) {
      throw new SwayException(FailureKind.CHANGED, "there is a profile by now; read it");
    }
  }

  /// Whether the client says that it has what is there.
  boolean isKnown(Digest present) {
    // Weak comparison here, strong for the other header.
    return noneMatch
        .map(tags ->
            isIn(
                tags.stream()
                    .map(tag -> tag.startsWith(WEAK) ? tag.substring(WEAK.length()) : tag)
                    .toList(),
                present))
        .orElse(false);
  }

  /// Whether these are tags, or the one word for any.
  private static boolean isList(List<String> tags) {
    return tags.equals(List.of(ANY))
        || tags.stream().allMatch(tag -> tag.matches("(W/)?\"sha256:[0-9a-f]{64}\""));
  }

  private static boolean isIn(List<String> tags, Digest present) {
    return tags.equals(List.of(ANY)) || tags.contains(tag(present));
  }
}
