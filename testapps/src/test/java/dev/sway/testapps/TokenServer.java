package dev.sway.testapps;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Gives out the tokens that a registry with `auth: token` wants, to users whose password it knows:
/// as the distribution project describes it, JSON Web Tokens signed with a key of its own, whose
/// certificate comes in them. On a free port of the loopback.
///
/// Thread-safe.
final class TokenServer implements AutoCloseable {
  private static final String ISSUER = "sway-test-tokens";
  private static final String SERVICE = "sway-test-registry";
  private static final String PASSWORD = "only-for-tests";
  private static final int LIFETIME_SECONDS = 300;
  private static final Pattern SCOPE = Pattern.compile("repository:([a-z0-9./-]+):([a-z,*]+)");
  private static final JsonMapper JSON = new JsonMapper();

  private final Map<String, String> users;
  private final Path certificateFile;
  private final PrivateKey key;
  private final Certificate certificate;
  private final WebServer server;
  private final Queue<String> requests = new ConcurrentLinkedQueue<>();

  /// Makes a key and starts to answer.
  ///
  /// @param folder for the key and its certificate
  /// @param users what each may do with any repository by `NAME:PASSWORD`, such as `pull,push`
  TokenServer(Path folder, Map<String, String> users)
      throws IOException, InterruptedException, GeneralSecurityException {
    this.users = Map.copyOf(users);
    Path store = folder.resolve("tokens.p12");
    Shell.bash(
        folder,
        """
        "$1" -genkeypair -alias tokens -keyalg RSA -keysize 2048 -dname CN=sway-test -validity 2 \\
          -storetype PKCS12 -keystore "$2" -storepass "$3"
        """,
        Path.of(System.getProperty("java.home"), "bin", "keytool"),
        store,
        PASSWORD);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    key = (PrivateKey) keys.getKey("tokens", PASSWORD.toCharArray());
    certificate = keys.getCertificate("tokens");
    certificateFile =
        Files.writeString(
            folder.resolve("tokens.pem"),
            "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                .formatted(
                    Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(certificate.getEncoded())));
    server =
        WebServer.builder()
            .address(InetAddress.getLoopbackAddress())
            .port(0)
            .shutdownHook(false)
            .routing(HttpRouting.builder().get("/token", this::answer))
            .build()
            .start();
  }

  /// What a registry's configuration says so that it wants tokens of this server.
  String registryAuth() {
    return """
    auth:
      token:
        realm: http://127.0.0.1:%d/token
        service: %s
        issuer: %s
        rootcertbundle: %s
    """
        .formatted(server.port(), SERVICE, ISSUER, certificateFile);
  }

  /// Who asked for what so far: `USER SCOPE`, with `-` for what is not there.
  List<String> requests() {
    return List.copyOf(requests);
  }

  private void answer(ServerRequest request, ServerResponse response) throws IOException {
    String credentials = credentials(request.headers().first(HeaderNames.AUTHORIZATION));
    String user = credentials.replaceFirst(":.*", "");
    String scope = request.query().first("scope").orElse("");
    requests.add((user.isEmpty() ? "-" : user) + " " + (scope.isEmpty() ? "-" : scope));
    String allowed = users.get(credentials);
    if (allowed == null || !SERVICE.equals(request.query().first("service").orElse(""))) {
      response.status(Status.UNAUTHORIZED_401).send("incorrect username or password");
    } else {
      response.send(JSON.writeValueAsBytes(Map.of("token", token(user, scope, allowed))));
    }
  }

  /// `NAME:PASSWORD`, or nothing.
  private static String credentials(Optional<String> header) {
    return header
        .filter(text -> text.startsWith("Basic "))
        .map(text -> Base64.getDecoder().decode(text.substring("Basic ".length())))
        .map(bytes -> new String(bytes, UTF_8))
        .orElse("");
  }

  /// A token for that part of `scope` that is `allowed`.
  private String token(String user, String scope, String allowed) throws IOException {
    List<Object> access = List.of();
    Matcher wanted = SCOPE.matcher(scope);
    if (wanted.matches()) {
      List<String> actions =
          List.of(wanted.group(2).split(",", -1)).stream()
              .filter(List.of(allowed.split(",", -1))::contains)
              .toList();
      access = List.of(Map.of("type", "repository", "name", wanted.group(1), "actions", actions));
    }
    try {
      String x5c = Base64.getEncoder().encodeToString(certificate.getEncoded());
      long now = Instant.now().getEpochSecond();
      String signed =
          encoded(JSON.writeValueAsBytes(Map.of("typ", "JWT", "alg", "RS256", "x5c", List.of(x5c))))
              + "."
              + encoded(
                  JSON.writeValueAsBytes(
                      Map.of(
                          "iss", ISSUER,
                          "sub", user,
                          "aud", SERVICE,
                          "iat", now,
                          "nbf", now - 10,
                          "exp", now + LIFETIME_SECONDS,
                          "jti", Long.toString(System.nanoTime()),
                          "access", access)));
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot sign a token", e);
    }
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    server.stop();
  }
}
