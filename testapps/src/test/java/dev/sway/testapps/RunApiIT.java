package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The API of runs, with one that goes on: what it shows to whom, and what it refuses.
@Timeout(300)
final class RunApiIT {
  private static final String TOKEN = "a-token-for-the-tests";

  @TempDir Path folder;

  @BeforeAll
  static void requirements() {
    Requirements.runs();
  }

  private static void export(Sway sway) throws IOException, InterruptedException {
    Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
    sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), "app");
  }

  private static String onlyRun(String list) {
    Matcher id = Pattern.compile("\"id\":\"([0-9a-f]{12})\"").matcher(list);
    assertThat(id.find()).as(list).isTrue();
    return id.group(1);
  }

  private static void refused(
      HttpResponse<String> answer, int status, String kind, String... says) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body())
        .matches("\\{\"error\":\\{\"kind\":\"" + kind + "\",\"message\":\"[^\"\n]+\"}}")
        .satisfies(body -> assertThat(List.of(says)).allMatch(body::contains));
  }

  @Test
  void withoutATokenNothingOfARunIsShownOrDone() throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), TOKEN + "\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    try (Sway sway = new Sway(folder)) {
      sway.startBlobd();
      sway.startWorker("--tokens", tokens.toString());
      export(sway);
      Child run =
          sway.start(
              "swayctl",
              List.of(
                  "run",
                  "-u",
                  "0",
                  "--image",
                  "app",
                  "--",
                  "sh",
                  "-c",
                  "echo secret; trap 'exit 3' USR1; while :; do usleep 10000; done"),
              Map.of("SWAY_TOKEN", TOKEN));
      run.awaitOutput("secret");
      String id = onlyRun(sway.ask("GET", "/v1/runs", "Authorization", "Bearer " + TOKEN).body());
      for (String[] headers :
          new String[][] {
            {}, {"Authorization", "Bearer " + TOKEN + "x"}, {"Authorization", TOKEN}
          }) {
        for (String path : List.of("", "/" + id, "/" + id + "/events?after=0")) {
          HttpResponse<String> answer = sway.ask("GET", "/v1/runs" + path, headers);
          refused(answer, 401, "unauthorized");
          assertThat(answer.body()).doesNotContain(id, "app:latest", "c2VjcmV0");
        }
        for (String path : List.of("/" + id, "/" + id + "/events?through=2")) {
          refused(sway.ask("DELETE", "/v1/runs" + path, headers), 401, "unauthorized");
        }
      }
      assertThat(run.isAlive()).isTrue();
      sway.signalContainer("USR1");
      assertThat(run.await().expect(3).out()).isEqualTo("secret\n");
    }
  }

  @Test
  void strangeNumbersAndRunsThatAreNotThereAreRefusedInOneLine() throws Exception {
    try (Sway sway = Sway.started(folder)) {
      export(sway);
      Child run =
          sway.startSh("app", "echo one; trap 'exit 3' USR1; while :; do usleep 10000; done");
      run.awaitOutput("one");
      String id = onlyRun(sway.ask("GET", "/v1/runs").body());
      String events = "/v1/runs/" + id + "/events";
      for (String number : List.of("-1", "x", "1.0", "99999999999999999999")) {
        refused(sway.ask("GET", events + "?after=" + number), 400, "usage", "'after'");
        refused(sway.ask("DELETE", events + "?through=" + number), 400, "usage", "'through'");
      }
      for (String number : List.of("3", "1000000", "999999999999999999")) {
        refused(sway.ask("GET", events + "?after=" + number), 400, "usage", "has 2 events so far");
        refused(
            sway.ask("DELETE", events + "?through=" + number), 400, "usage", "has 2 events so far");
      }
      for (String other : List.of("0123456789ab", "..%2F..", "x")) {
        refused(sway.ask("GET", "/v1/runs/" + other), 404, "not-found");
        refused(sway.ask("GET", "/v1/runs/" + other + "/events?after=0"), 404, "not-found");
        refused(sway.ask("DELETE", "/v1/runs/" + other + "/events?through=2"), 404, "not-found");
        refused(sway.ask("DELETE", "/v1/runs/" + other), 404, "not-found");
      }
      assertThat(sway.ask("DELETE", events + "?through=2").statusCode()).isEqualTo(204);
      refused(sway.ask("GET", events + "?after=0"), 400, "usage", "up to number 2", "are gone");
      // Nobody was disturbed by all this.
      assertThat(run.isAlive()).isTrue();
      assertThat(run.err()).isEmpty();
      assertThat(sway.ask("DELETE", "/v1/runs/" + id).statusCode()).isEqualTo(204);
      Messages.afterOutput(run.await(), 125, "swayctl", "was ended from outside");
      sway.assertNoRuns();
    }
  }
}
