package dev.sway.lazyfsd.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/// A worker that answers each request but `DELETE` as a test says, byte by byte where need be; the
/// connection ends after each answer.
final class FakeWorker implements AutoCloseable {
  /// Answers one request.
  interface Answer {
    void to(Call call) throws IOException;
  }

  final List<RunRequest> requests = new CopyOnWriteArrayList<>();

  /// The first lines of all requests.
  final List<String> lines = new CopyOnWriteArrayList<>();

  final List<String> authorizations = new CopyOnWriteArrayList<>();
  final List<Exception> failures = new CopyOnWriteArrayList<>();
  private final ServerSocket server;
  private final Answer answer;

  FakeWorker(Answer answer) throws IOException {
    this.answer = answer;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    for (int i = 0; i < 2; i++) {
      Thread.ofVirtual().name("fake-worker-" + i).start(this::accept);
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  private void accept() {
    while (!server.isClosed()) {
      try (Socket connection = server.accept()) {
        InputStream in = connection.getInputStream();
        List<String> header = header(in);
        byte[] body =
            in.readNBytes(value(header, "content-length").map(Integer::parseInt).orElse(0));
        value(header, "authorization").ifPresent(authorizations::add);
        String line = header.getFirst();
        lines.add(line);
        if (line.startsWith("POST " + LazyfsdApi.RUNS)) {
          requests.add(WireJson.read(body, RunRequest.class, "the request"));
        }
        Call call = new Call(line, connection.getOutputStream());
        if (line.startsWith("DELETE ")) {
          call.text("HTTP/1.1 204 Gone\r\nConnection: close\r\n\r\n");
        } else {
          answer.to(call);
        }
      } catch (IOException e) {
        failures.add(e);
      }
    }
  }

  private static List<String> header(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (!bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      bytes.write(in.readNBytes(1));
    }
    return bytes.toString(ISO_8859_1).lines().toList();
  }

  private static java.util.Optional<String> value(List<String> header, String name) {
    return header.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /// One request to answer.
  ///
  /// @param line its first
  record Call(String line, OutputStream out) {
    /// Answers with these events and ends the stream in order.
    void events(RunEvent... events) throws IOException {
      stream();
      for (RunEvent event : events) {
        event(event);
      }
    }

    /// Begins an answer whose body ends with the connection.
    void stream() throws IOException {
      text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    }

    void event(RunEvent event) throws IOException {
      out.write(WireJson.write(event));
      text("\n");
    }

    void text(String text) throws IOException {
      out.write(text.getBytes(ISO_8859_1));
    }

    void json(int status, byte[] body) throws IOException {
      text(
          "HTTP/1.1 %d Reason\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
              .formatted(status, body.length));
      out.write(body);
    }
  }
}
