package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fixture.CopyingTransport;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LazyfsdServerTest {
  private static final String TOKEN = "a-token-of-the-tests";
  private static final RunRequest.Work COMMAND = new RunRequest.Command(List.of("true"));

  /// Of a run that is not there.
  private static final List<String> RUN_PATHS =
      List.of(
          LazyfsdApi.run("0123456789ab"),
          LazyfsdApi.events("0123456789ab", 0),
          LazyfsdApi.eventsThrough("0123456789ab", 2));

  @TempDir Path folder;

  @BeforeAll
  static void needs() {
    Needs.runc();
  }

  private Worker open() throws IOException {
    return new Worker(folder, new CopyingTransport(), Optional.empty());
  }

  private static void refused(HttpResponse<String> answer, int status, String kind) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).startsWith("{\"error\":{\"kind\":\"" + kind + "\"");
  }

  @Test
  void statusSaysWhatGoesOn() throws Exception {
    try (Worker worker = open()) {
      HttpResponse<String> answer = worker.send(worker.request(LazyfsdApi.STATUS));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
      assertThat(answer.body())
          .startsWith("{\"program\":\"lazyfsd\"")
          .contains("\"mounts\":0,\"runs\":0");
    }
  }

  @Test
  void requestThatIsNotJsonIsRefused() throws Exception {
    try (Worker worker = open()) {
      byte[] body = WireJson.write(new RunRequest("i", COMMAND, List.of(), "", ""));
      for (String type : List.of("text/plain", "application/x-www-form-urlencoded")) {
        refused(
            worker.send(
                worker
                    .request(LazyfsdApi.RUNS)
                    .header("Content-Type", type)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))),
            400,
            "usage");
      }
      refused(
          worker.send(
              worker.request(LazyfsdApi.RUNS).POST(HttpRequest.BodyPublishers.ofByteArray(body))),
          400,
          "usage");
      for (String text : List.of("", "{", "null", "[]", "{\"image\":1}", "{\"nonsense\":1}")) {
        refused(worker.send(worker.post(text.getBytes(StandardCharsets.UTF_8))), 400, "usage");
      }
    }
  }

  @Test
  void tokenIsAskedForWhereThereAreTokens() throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), TOKEN + "\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    try (Worker worker = new Worker(folder, new CopyingTransport(), Optional.of(tokens))) {
      refused(worker.send(worker.run("none", COMMAND)), 401, "unauthorized");
      refused(
          worker.send(worker.run("none", COMMAND).header("Authorization", "Bearer " + TOKEN + "x")),
          401,
          "unauthorized");
      refused(
          worker.send(worker.run("none", COMMAND).header("Authorization", "Bearer " + TOKEN)),
          404,
          "unknown-image");
      for (String path : RUN_PATHS) {
        refused(worker.send(worker.request(path)), 401, "unauthorized");
        refused(worker.send(worker.request(path).DELETE()), 401, "unauthorized");
        refused(
            worker.send(worker.request(path).header("Authorization", "Bearer " + TOKEN + "x")),
            401,
            "unauthorized");
        refused(
            worker.send(worker.request(path).header("Authorization", "Bearer " + TOKEN)),
            404,
            "not-found");
      }
      refused(worker.send(worker.request(LazyfsdApi.RUNS)), 401, "unauthorized");
      assertThat(
              worker
                  .send(worker.request(LazyfsdApi.RUNS).header("Authorization", "Bearer " + TOKEN))
                  .body())
          .isEqualTo("{\"runs\":[]}");
    }
  }

  @Test
  void runThatIsNotThereAndNumbersThatAreNoneAreRefused() throws Exception {
    try (Worker worker = open()) {
      for (String path : RUN_PATHS) {
        refused(worker.send(worker.request(path)), 404, "not-found");
        refused(worker.send(worker.request(path).DELETE()), 404, "not-found");
      }
      for (String number : List.of("-1", "1.5", "x", "%20", "", "9999999999999999999")) {
        String events = LazyfsdApi.run("0123456789ab") + "/events?";
        refused(worker.send(worker.request(events + "after=" + number)), 400, "usage");
        refused(worker.send(worker.request(events + "through=" + number).DELETE()), 400, "usage");
      }
    }
  }

  @Test
  void requestsThatMakeNoSenseAreRefusedBeforeAnythingIsMounted() throws Exception {
    try (Worker worker = open()) {
      refused(worker.send(worker.run("none", COMMAND)), 404, "unknown-image");
      refused(worker.send(worker.run("NO:such:name", COMMAND)), 400, "usage");
      refused(worker.send(worker.run("i", new RunRequest.Command(List.of("a\0b")))), 400, "usage");
      refused(
          worker.send(worker.run("i", new RunRequest.Script("../x.py", new byte[0], List.of()))),
          400,
          "usage");
      refused(
          worker.send(
              worker.run(
                  "i",
                  new RunRequest.Script(
                      "x.py", new byte[LazyfsdApi.MAX_SCRIPT_BYTES + 1], List.of()))),
          400,
          "usage");
      refused(worker.send(worker.post(new byte[LazyfsdApi.MAX_REQUEST_BYTES + 1])), 413, "usage");
      assertThat(worker.state().resolve("mounts")).isEmptyDirectory();
    }
  }

  @Test
  void requestThatTheImageCannotFulfilIsRefusedAfterTheMount() throws Exception {
    try (Worker worker = open()) {
      worker.publish("odd", new TestImage(folder).symlink("/dev", "/etc").file("/x", "x").build());
      worker.publish("plain", new TestImage(folder).file("/f", "x").build());
      refused(worker.send(worker.run("odd", COMMAND)), 500, "run");
      refused(worker.send(worker.run("plain", new RunRequest.Command(List.of()))), 400, "usage");
      // A script of 2 MiB is understood: what is missing is its interpreter.
      byte[] script = new byte[2 << 20];
      System.arraycopy("#!/none\n".getBytes(StandardCharsets.US_ASCII), 0, script, 0, 8);
      refused(
          worker.send(worker.run("plain", new RunRequest.Script("x", script, List.of()))),
          500,
          "command-not-found");
      assertThat(worker.send(worker.request(LazyfsdApi.STATUS)).body())
          .contains("\"mounts\":2,\"runs\":0");
    }
    assertThat(folder.resolve("state/mounts")).isEmptyDirectory();
    assertThat(folder.resolve("state/runs")).isEmptyDirectory();
  }

  @Test
  void silentBlobdIsSaidSo() throws Exception {
    try (Worker worker = open()) {
      worker.endBlobd();
      refused(worker.send(worker.run("plain", COMMAND)), 502, "blobd-unreachable");
    }
  }

  @Test
  void stateFolderIsUsedByOneWorkerAndIsFreeAgainAfterIt() throws Exception {
    Worker first = open();
    try (first) {
      Path other = Files.createDirectory(folder.resolve("other"));
      Files.createSymbolicLink(other.resolve("state"), first.state());
      assertThatThrownBy(() -> new Worker(other, new CopyingTransport(), Optional.empty()).close())
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE));
    }
    first.close();
    try (Worker second = open()) {
      assertThat(second.send(second.request(LazyfsdApi.STATUS)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void stateFolderThatCannotBeAMountOptionIsRefused() {
    assertThatThrownBy(() ->
            new Worker(
                    Files.createDirectory(folder.resolve("a,b")),
                    new CopyingTransport(),
                    Optional.empty())
                .close())
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE));
  }

  /// What the worker answers until it ends the connection.
  private static List<String> answers(Worker worker, String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), worker.uri().getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return List.of(all.split("(?=HTTP/1.1 )", -1));
    }
  }

  @Test
  void runInTheBodyOfARefusedRequestIsNone() throws Exception {
    String body =
        new String(
            WireJson.write(new RunRequest("none", COMMAND, List.of(), "", "")),
            StandardCharsets.US_ASCII);
    String run =
        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(LazyfsdApi.RUNS, body.length(), body);
    try (Worker worker = open()) {
      for (String beginning :
          List.of(
              "POST %s HTTP/1.1\r\nOrigin: http://evil.example\r\nConnection: close\r\n"
                  .formatted(LazyfsdApi.STATUS),
              "GET %s HTTP/1.1\r\nConnection: close\r\n".formatted(LazyfsdApi.STATUS),
              "POST /v1/nothing HTTP/1.1\r\nConnection: close\r\n")) {
        assertThat(
                answers(
                    worker,
                    beginning
                        + "Host: x\r\nContent-Length: %d\r\n\r\n".formatted(run.length())
                        + run))
            .as(beginning)
            .singleElement()
            .asString()
            .startsWith("HTTP/1.1 ")
            .contains("Connection: close")
            .doesNotContain("unknown-image");
      }
      assertThat(answers(worker, run.replace("\r\nHost", "\r\nConnection: close\r\nHost")))
          .as("as a request of its own")
          .singleElement()
          .asString()
          .contains("unknown-image");
    }
  }
}
