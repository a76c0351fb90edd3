package dev.sway.blobd.embedded;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.blobd.server.BlobdServer;
import dev.sway.blobd.server.ServeConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/// A blobd within this process, for a program that needs one for itself: on a free port of the
/// loopback, where everybody may read and only whoever knows a random token may write.
///
/// Thread-safe; [#close] is idempotent and leaves the folder to the caller.
public final class EmbeddedBlobd implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;

  private final BlobdServer server;
  private final String token;

  private EmbeddedBlobd(BlobdServer server, String token) {
    this.server = server;
    this.token = token;
  }

  /// Starts it; when this returns, requests are answered.
  ///
  /// @param program that it is within, for what it logs
  /// @param folder empty; for the store, and for a file with the token that only this user may read
  public static EmbeddedBlobd start(Program program, Path folder) throws IOException {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    String token = HexFormat.of().formatHex(random);
    Path tokens =
        Files.createFile(
            folder.resolve("tokens"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(tokens, token + "\n", StandardCharsets.US_ASCII);
    return new EmbeddedBlobd(
        BlobdServer.start(
            program,
            new ServeConfig(
                folder.resolve("store"),
                ListenAddress.parse("embedded", "127.0.0.1:0"),
                Optional.of(tokens))),
        token);
  }

  /// Where it is.
  public URI uri() {
    return server.uri();
  }

  /// Who writes needs it.
  public String token() {
    return token;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
