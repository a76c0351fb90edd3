package dev.sway.blobd.server;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiServer;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.store.DirectoryStore;
import dev.sway.formats.manifest.ManifestFormat;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.URI;

/// A running blobd: a directory store behind HTTP.
///
/// Thread-safe; [#close()] is idempotent and lets requests under way finish first.
public final class BlobdServer implements AutoCloseable {
  private final DirectoryStore store;
  private final BearerTokens tokens;
  private final ApiServer server;

  private BlobdServer(DirectoryStore store, BearerTokens tokens, ApiServer server) {
    this.store = store;
    this.tokens = tokens;
    this.server = server;
  }

  /// Opens the store and serves it; when this returns, requests are answered.
  ///
  /// @throws dev.sway.formats.failure.SwayException of kind `in-use` for a taken port or directory,
  ///   `storage` for one that cannot be written, `usage` for a bad file of tokens
  public static BlobdServer start(Program program, ServeConfig config) throws IOException {
    BearerTokens tokens =
        config.tokens().isPresent()
            ? BearerTokens.read(config.tokens().get())
            : BearerTokens.open();
    DirectoryStore store = DirectoryStore.open(config.store());
    try {
      HttpRouting.Builder routing =
          HttpRouting.builder()
              .register(BlobdApi.BLOBS, new BlobRoutes(program, store, store.hot(), tokens))
              .register(BlobdApi.NAMES, new NameRoutes(store, store.names(), tokens))
              .register(
                  BlobdApi.PROFILES,
                  new ProfileRoutes(program, store, store.profiles(), store.hot(), tokens))
              .register(BlobdApi.PROFILES, new HotRoutes(program, store, store.hot(), tokens))
              .get(
                  BlobdApi.STATUS,
                  (_, response) ->
                      Answers.json(
                          response,
                          new BlobdApi.StatusAnswer(
                              program.name(), Program.version(BlobdServer.class))));
      return new BlobdServer(
          store,
          tokens,
          ApiServer.start(program, config.listen(), ManifestFormat.MAX_INDEX_BYTES, routing));
    } catch (IOException | RuntimeException e) {
      try (store) {
        throw e;
      }
    }
  }

  /// The address that clients call.
  public URI uri() {
    return server.uri();
  }

  /// Whether uploads need a token.
  public boolean guarded() {
    return tokens.required();
  }

  @Override
  public void close() throws IOException {
    server.close();
    store.close();
  }
}
