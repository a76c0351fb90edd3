package dev.sway.lazyfsd.source.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class TlsWireTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final BlobRange WANTED = new BlobRange(Digest.of(new byte[] {1}), 1000, 10, 5);
  private static final String ANSWER =
      "HTTP/1.1 206 x\r\nContent-Range: bytes 10-14/1000\r\nContent-Length: 5\r\n\r\nhello";

  @TempDir static Path folder;
  private static SSLContext context;
  private static SSLServerSocket server;

  @BeforeAll
  static void start() throws Exception {
    Path store = folder.resolve("key.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(20, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("tls-server").start(TlsWireTest::serve);
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static void serve() {
    while (!server.isClosed()) {
      serveOne();
    }
  }

  private static void serveOne() {
    try (SSLSocket client = (SSLSocket) server.accept()) {
      InputStream in = client.getInputStream();
      byte[] request = new byte[4096];
      while (in.read(request) > 0) {
        client.getOutputStream().write(ANSWER.getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // A client that does not trust this server ends the connection.
      return;
    }
  }

  private static URI uri(String host) {
    return URI.create("https://" + host + ":" + server.getLocalPort());
  }

  private static String get(RangeClient client) throws RangeFailure {
    ByteBuffer body = ByteBuffer.allocateDirect(5);
    client.call(WANTED, body).run();
    return StandardCharsets.US_ASCII.decode(body.flip()).toString();
  }

  @Test
  void trustedServerIsAskedAgainOnTheSameConnection() throws IOException {
    try (RangeClient client = RangeClient.trusting(context, uri("localhost"))) {
      assertThat(get(client)).isEqualTo("hello");
      assertThat(get(client)).isEqualTo("hello");
    }
  }

  @Test
  void certificateOfAnotherNameIsRefused() throws IOException {
    try (RangeClient client = RangeClient.trusting(context, uri("127.0.0.1"))) {
      assertThatThrownBy(() -> get(client))
          .isInstanceOf(RangeFailure.class)
          .hasMessageContaining("no TLS");
    }
  }

  @Test
  void certificateThatNobodyVouchesForIsRefused() throws IOException {
    try (RangeClient client = RangeClient.open("mirror", uri("localhost"), Optional.empty(), 1)) {
      assertThatThrownBy(() -> get(client))
          .isInstanceOf(RangeFailure.class)
          .hasMessageContaining("no TLS");
    }
  }
}
