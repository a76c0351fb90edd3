package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `swayctl trace ls`, as a user sees it.
final class TraceListTest {
  private static final String WRITTEN = "\"written\":\"2026-11-22T21:13:18.182282342Z\"}";

  @TempDir Path root;
  private WebServer worker;
  private String answer = "";
  private User user;

  @BeforeEach
  void start() throws IOException {
    worker =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .routing(routing ->
                routing.get(
                    "/v1/traces",
                    (_, response) ->
                        response
                            .header(HeaderNames.CONTENT_TYPE, "application/json")
                            .send(answer.getBytes(UTF_8))))
            .build()
            .start();
    user = new User(root).worker(URI.create("http://127.0.0.1:" + worker.port()));
  }

  @AfterEach
  void stop() {
    worker.stop();
  }

  private String list(String traces, String... options) throws IOException {
    answer = "{\"traces\":[" + traces + "]}";
    String[] words = {"trace", "ls"};
    String[] all = new String[words.length + options.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(options, 0, all, words.length, options.length);
    Outcome outcome = user.call(Swayctl::run, all);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  @Test
  void rowsSayWhatWasRun() throws IOException {
    String out =
        list(
            "{\"run\":\"0123456789ab\",\"image\":\"app:1\",\"args\":[\"python3\",\"a b.py\"],\"exitCode\":3,\"bytes\":20624,"
                + WRITTEN);

    assertThat(out.lines())
        .containsExactly(
            "RUN                BYTES  WRITTEN               EXIT  IMAGE                 COMMAND",
            "0123456789ab       20624  2026-11-22T21:13:18Z     3  app:1                 python3 'a b.py'");
  }

  @Test
  void whatAnOlderWorkerDoesNotSayIsLeftOut() throws IOException {
    String trace = "{\"run\":\"0123456789ab\",\"bytes\":20624," + WRITTEN;

    assertThat(list(trace).lines().toList().getLast())
        .isEqualTo("0123456789ab       20624  2026-11-22T21:13:18Z     -  -                     -");
    assertThat(new ObjectMapper().readTree(list(trace, "--json")).at("/traces/0/args")).isEmpty();
  }

  @Test
  void nothingThatATerminalObeysIsPrinted() throws IOException {
    String out =
        list(
            "{\"run\":\"\\u001b[31m\",\"image\":\"\\u001b[2J\",\"args\":[\"\\u0007\",\"\\n\"],\"exitCode\":0,\"bytes\":1,\"written\":\"\\u001b[0m\"}");

    assertThat(out.lines()).hasSize(2);
    assertThat(out.lines().toList().getLast()).matches("\\P{Cntrl}+");
  }
}
