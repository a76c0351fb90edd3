package dev.sway.blobd.http;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The tokens that a server accepts (RFC 6750), from a file with one `TOKEN` or `NAME TOKEN` in
/// each line; empty lines and lines that start with `#` do not count. The name is for people.
///
/// A token has at least 16 visible ASCII characters. Only digests are kept, and every check
/// compares all of them in constant time, so that its duration tells nothing. Immutable and
/// thread-safe.
public final class BearerTokens {
  private static final int MIN_LENGTH = 16;
  private static final long MAX_FILE_BYTES = 1 << 20;
  private static final String SCHEME = "bearer ";
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

  private final boolean required;
  private final List<byte[]> digests;

  private BearerTokens(boolean required, List<byte[]> digests) {
    this.required = required;
    this.digests = digests;
  }

  /// No token is needed.
  public static BearerTokens open() {
    return new BearerTokens(false, List.of());
  }

  /// The tokens in `file`, one of which is needed from now on.
  ///
  /// @throws SwayException of kind `usage` where the file has no token or a bad one, or where
  ///   others than its owner and group may read or write it; `storage` where it cannot be read
  public static BearerTokens read(Path file) throws SwayException {
    List<String> lines;
    try {
      if (Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains)) {
        throw bad(file + " is open to every user of this machine; run 'chmod o-rw " + file + "'");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw bad(file + " is longer than 1 MiB; it should hold one token in each line");
      }
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    List<byte[]> digests = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        digests.add(digest(token(line, file + " line " + (i + 1))));
      }
    }
    if (digests.isEmpty()) {
      throw bad(file + " holds no token; write one of at least 16 characters in a line");
    }
    return new BearerTokens(true, List.copyOf(digests));
  }

  private static String token(String line, String where) throws SwayException {
    String[] words = line.split("\\s+", -1);
    String token = words[words.length - 1];
    if (words.length > 2) {
      throw bad(where + " has more than NAME and TOKEN");
    }
    if (token.length() < MIN_LENGTH || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw bad(where + ": a token has at least 16 visible ASCII characters");
    }
    return token;
  }

  private static SwayException bad(String message) {
    return new SwayException(FailureKind.USAGE, message);
  }

  /// Whether a request needs a token at all.
  public boolean required() {
    return required;
  }

  /// Checks the value of an `Authorization` header.
  ///
  /// @throws SwayException of kind `unauthorized` where a token is needed and this is none of them
  public void check(Optional<String> authorization) throws SwayException {
    if (!required) {
      return;
    }
    String header = authorization.orElse("");
    boolean bearer = header.toLowerCase(Locale.ROOT).startsWith(SCHEME);
    byte[] given = digest(bearer ? header.substring(SCHEME.length()).strip() : "");
    boolean known = false;
    for (byte[] digest : digests) {
      known |= MessageDigest.isEqual(digest, given);
    }
    if (!known) {
      throw new SwayException(
          FailureKind.UNAUTHORIZED,
          bearer ? "the token is not one of this server's" : "this needs a bearer token");
    }
  }

  private static byte[] digest(String token) {
    return Digest.of(token.getBytes(StandardCharsets.UTF_8)).bytes();
  }
}
