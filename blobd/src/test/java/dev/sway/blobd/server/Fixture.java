package dev.sway.blobd.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.ProgramLog;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.manifest.Manifest.Source;
import dev.sway.formats.manifest.Manifest.Statistics;
import dev.sway.formats.manifest.ManifestWriter;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.CommandKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A blobd on a free port over a fresh directory, its client, and a bare HTTP client beside it.
public final class Fixture implements AutoCloseable {
  /// The token of [#guarded].
  public static final String TOKEN = "a-token-of-the-tests";

  private final Path store;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final BlobdServer server;
  private final BlobClient client;
  private final HttpClient http = HttpClient.newHttpClient();

  private Fixture(Path store, Optional<Path> tokens, Optional<String> token) throws IOException {
    this.store = store;
    PrintStream err = new PrintStream(log, true, StandardCharsets.UTF_8);
    Program program = new Program("blobd", err, err, false);
    ProgramLog.install(program);
    server =
        BlobdServer.start(
            program, new ServeConfig(store, ListenAddress.parse("127.0.0.1:0"), tokens));
    client = new BlobClient(server.uri(), token);
  }

  /// A server whose writes need no token.
  public static Fixture open(Path directory) throws IOException {
    return new Fixture(directory.resolve("store"), Optional.empty(), Optional.empty());
  }

  /// A server whose writes need [#TOKEN], with a client that sends `token`.
  public static Fixture guarded(Path directory, Optional<String> token) throws IOException {
    Path tokens = Files.writeString(directory.resolve("tokens"), "tests " + TOKEN + "\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    return new Fixture(directory.resolve("store"), Optional.of(tokens), token);
  }

  /// Bytes that are the same for the same length.
  public static byte[] content(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /// A manifest of one index and these packs.
  public static byte[] manifest(byte[] index, byte[]... packs) {
    Digest id = Digest.of(new byte[0]);
    return ManifestWriter.write(
        new Manifest(
            RunConfig.EMPTY,
            new IndexBlob(Digest.of(index), index.length, id, 0),
            List.of(packs).stream()
                .map(pack -> new PackBlob(Digest.of(pack), pack.length, 1, pack.length))
                .toList(),
            new Source("tar", id),
            new Statistics(1, 0, 0)));
  }

  /// A profile of one file.
  public static Profile profile(Digest manifest, CommandKey key, int runs, boolean pinned) {
    return new Profile(
        manifest,
        key,
        List.of("python3", "app.py"),
        runs,
        Instant.EPOCH,
        pinned,
        List.of(
            new ProfiledPath(
                "/usr/bin/python3", 7, List.of(new ProfileRange(0, 5000)), 100, runs, 0)));
  }

  /// A map of a hot pack with these bytes, without segments.
  public static HotMap hotMap(Digest manifest, byte[] pack) {
    return new HotMap(manifest, new PackReference(Digest.of(pack), pack.length), List.of());
  }

  /// The key of the command `number`.
  public static CommandKey key(int number) {
    return CommandKey.ofCommand(List.of("command", Integer.toString(number)));
  }

  public BlobClient client() {
    return client;
  }

  public BlobdServer server() {
    return server;
  }

  /// What the server wrote for its operator.
  public String log() {
    return log.toString(StandardCharsets.UTF_8);
  }

  /// The store's folder.
  public Path store() {
    return store;
  }

  public Path temporary() {
    return store.resolve("tmp");
  }

  /// A request as any HTTP client may send it.
  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.uri().resolve(path));
  }

  public HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  public HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    return send(with(request(path), headers));
  }

  public HttpResponse<byte[]> put(String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return send(with(request(path).PUT(BodyPublishers.ofByteArray(body)), headers));
  }

  private static HttpRequest.Builder with(HttpRequest.Builder request, String... headers) {
    return headers.length == 0 ? request : request.headers(headers);
  }

  /// Fails unless `answer` is an error of this status and kind.
  public void assertFails(HttpResponse<byte[]> answer, int status, String kind) {
    String body = new String(answer.body(), StandardCharsets.UTF_8);
    assertThat(answer.statusCode()).as(body + log()).isEqualTo(status);
    assertThat(body).startsWith("{\"error\":{\"kind\":\"" + kind);
  }

  @Override
  public void close() throws IOException {
    http.shutdownNow();
    client.close();
    server.close();
  }
}
