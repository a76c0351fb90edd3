package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunRequest.Command;
import dev.sway.lazyfsd.api.RunRequest.Script;
import dev.sway.swayctl.export.ExportedFolders;
import dev.sway.swayctl.fixture.FakeWorker;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunTest {
  private static final byte[] SCRIPT = "print(1)\n".getBytes(UTF_8);

  @TempDir Path root;
  private User user;

  @BeforeEach
  void user() throws IOException {
    user = new User(root);
    user.write("app.py", SCRIPT);
  }

  @Test
  void everythingAfterTheScriptIsItsOwn() throws IOException {
    Script script =
        (Script)
            asked("run", "--image", "app:1", "app.py", "--json", "-x", "--", "-e", "A=b", "")
                .what();
    assertThat(script.name()).isEqualTo("app.py");
    assertThat(script.content()).isEqualTo(SCRIPT);
    assertThat(script.args()).containsExactly("--json", "-x", "--", "-e", "A=b", "");
  }

  @Test
  void everythingAfterTheDashesIsACommand() throws IOException {
    RunRequest request =
        asked("run", "--image", "app:1", "-w", "/w", "--", "app.py", "--", "--image", "x", "@f");
    assertThat(request)
        .isEqualTo(
            new RunRequest(
                "app:1",
                new Command(List.of("app.py", "--", "--image", "x", "@f")),
                List.of(),
                "/w",
                ""));
  }

  @Test
  void dashesAloneRunWhatTheImageRuns() throws IOException {
    assertThat(asked("run", "--image", "app", "--").what()).isEqualTo(new Command(List.of()));
  }

  @Test
  void environmentIsCollectedAsDockerDoes() throws IOException {
    user.environment.put("MINE", "my value");
    user.write("env", "# comment\n\n  FILE=1=2\nBOTH=file\nMINE\nGONE\n".getBytes(UTF_8));
    RunRequest request =
        asked(
            "run",
            "--image=app",
            "-e",
            "BOTH=flag",
            "--env-file",
            "env",
            "-eEMPTY=",
            "--env",
            "NOT_SET",
            "-u",
            "me:us",
            "app.py");
    assertThat(request.env())
        .containsExactlyInAnyOrder("FILE=1=2", "BOTH=flag", "MINE=my value", "EMPTY=");
    assertThat(request.user()).isEqualTo("me:us");
  }

  @Test
  void recordedRunsSaySoToTheWorkerAndTheUser() throws IOException {
    try (FakeWorker worker = new FakeWorker(FakeWorker.exited(0))) {
      Outcome outcome =
          user.worker(worker.uri()).call(Swayctl::run, "run", "--record", "--image=a", "app.py");
      assertThat(worker.request().prefetch()).isEqualTo("record");
      assertThat(outcome.code()).as("the run itself is well").isZero();
      assertThat(outcome.err()).as("this worker has no traces").contains("not recorded: ");
    }
    assertThat(run("--record", "--prefetch", "wait", "app.py").err())
        .contains("--record prefetches nothing");
    assertFails(
        run("--prefetch", "banana", "app.py"),
        125,
        "--prefetch: there is no 'banana'; use off, overlap or wait");
    assertFails(run("--prefetch", "record", "app.py"), 125, "there is no 'record'");
  }

  @Test
  void outputAndExitCodeAreTheContainers() throws IOException {
    try (FakeWorker worker =
        new FakeWorker(
            new RunEvent.Output(1, 1, "out".getBytes(UTF_8)),
            new RunEvent.Output(2, 2, "err".getBytes(UTF_8)),
            FakeWorker.exited(7))) {
      Outcome outcome = user.worker(worker.uri()).call(Swayctl::run, "run", "--image=a", "app.py");
      assertThat(outcome).isEqualTo(new Outcome(7, "out", "err"));
    }
  }

  @Test
  void jsonIsTheLastLineOfStderr() throws IOException {
    try (FakeWorker worker =
        new FakeWorker(
            new RunEvent.Output(1, 2, "no newline".getBytes(UTF_8)), FakeWorker.exited(0))) {
      Outcome outcome =
          user.worker(worker.uri()).call(Swayctl::run, "run", "--json", "--image=a", "app.py");
      assertThat(outcome.code()).isZero();
      assertThat(outcome.err().lines())
          .containsExactly(
              "no newline",
              """
              {"run":{"id":"r1","exitCode":0,"seconds":{"total":1.0,"mount":0.5,"container":0.25},\
              "fetchedBytes":10,"rangeRequests":2,"imagePackBytes":1000,"coldMount":true}}\
              """);
    }
  }

  @Test
  void jsonTellsFailuresToo() throws IOException {
    Outcome outcome = user.call(Swayctl::run, "run", "--json", "--image=a", "gone.py");
    assertThat(outcome.code()).isEqualTo(125);
    assertThat(outcome.err())
        .startsWith("{\"error\":{\"kind\":\"no-script\",\"message\":\"")
        .endsWith("}\n");
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void imageIsThatOfTheScriptsFolderThenOfTheCurrentOne() throws IOException {
    ExportedFolders exported = new ExportedFolders(user.home.resolve(".local/state/sway"));
    Path other = Files.createDirectory(root.resolve("other"));
    Files.write(other.resolve("its.py"), SCRIPT);
    exported.remember(user.folder, ImageName.parse("here:1"));
    assertThat(asked("run", "app.py").image()).isEqualTo("here:1");
    assertThat(asked("run", "../other/its.py").image()).isEqualTo("here:1");
    assertThat(asked("run", "--", "ls").image()).isEqualTo("here:1");
    exported.remember(other, ImageName.parse("there"));
    assertThat(asked("run", "../other/its.py").image()).isEqualTo("there:latest");
    assertThat(asked("run", "--image", "given", "app.py").image()).isEqualTo("given:latest");
  }

  @Test
  void folderWithoutAnImageIsOneLine() throws IOException {
    assertFails(
        user.call(Swayctl::run, "run", "app.py"),
        125,
        "no image was exported from %s; run 'swayctl export' there, or give --image NAME"
            .formatted(user.folder));
  }

  @Test
  void scriptsThatCannotBeRunAreOneLine() throws IOException {
    user.write("large.py", new byte[LazyfsdApi.MAX_SCRIPT_BYTES + 1]);
    assertFails(run("gone.py"), 125, "gone.py: no such file or directory");
    assertFails(run("."), 125, "is a folder, not a script");
    assertFails(run("large.py"), 125, "larger than the 8 MiB");
  }

  @Test
  void wrongCommandLinesAreOneLine() throws IOException {
    assertFails(run(), 125, "what to run is missing");
    for (String option :
        List.of(
            "-i",
            "-t",
            "-it",
            "-d",
            "-m",
            "--cpus",
            "--network",
            "-v",
            "--name",
            "--rm",
            "--read-only",
            "--pids-limit")) {
      assertFails(run(option, "app.py"), 125, option);
    }
    assertFails(run("-e", "=x", "app.py"), 125, "--env '=x' is no variable");
    assertFails(run("-e", "--", "app.py"), 125, "--");
    assertFails(run("--env-file", "gone", "app.py"), 125, "gone: no such file");
    assertFails(run("-w", "relative", "app.py"), 125, "'relative' is not absolute");
    assertFails(
        user.call(Swayctl::run, "run", "--image", "A B", "app.py"), 125, "not an image name");
    assertFails(run("--worker", "http://a b", "app.py"), 125, "--worker: 'http://a b'");
    assertFails(run("--worker", "http://example.com", "app.py"), 125, "without TLS");
  }

  @Test
  void failuresOfTheWorkerKeepDockersExitCodes() throws IOException {
    assertWorkerFails("unknown-image", 125);
    assertWorkerFails("no-runc", 125);
    assertWorkerFails("not-executable", 126);
    assertWorkerFails("command-not-found", 127);
  }

  @Test
  void workerThatIsDownIsOneLine() throws IOException {
    user.worker(URI.create("http://127.0.0.1:1"));
    assertFails(run("app.py"), 125, "lazyfsd at http://127.0.0.1:1 cannot be reached");
  }

  @Test
  void workerThatGoesAwayIsOneLineAfterTheOutput() throws IOException {
    try (FakeWorker worker =
        new FakeWorker(new RunEvent.Output(1, 2, "half a line".getBytes(UTF_8)))) {
      user.worker(worker.uri());
      Outcome outcome = run("app.py");
      assertThat(outcome.code()).isEqualTo(125);
      assertThat(outcome.err())
          .startsWith("half a line\nswayctl: lazyfsd at ")
          .contains("the worker ended the connection before the run did");
    }
  }

  private static OutputStream failing(String why) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw new IOException(why);
      }
    };
  }

  @Test
  void outputThatCannotBeWrittenIsSaidSo() throws IOException {
    try (FakeWorker worker =
        new FakeWorker(new RunEvent.Output(1, 1, SCRIPT), FakeWorker.exited(0))) {
      OutputStream full = failing("No space left on device");
      Outcome outcome =
          user.worker(worker.uri()).call(full, Swayctl::run, "run", "--image", "a", "app.py");
      assertFails(
          outcome,
          125,
          "swayctl: the standard output cannot be written: No space left on device; send it somewhere else");
    }
  }

  @Test
  void imageMayBeGivenByItsDigest() throws IOException {
    String digest = Digest.of(SCRIPT).toString();
    assertThat(asked("run", "--image", digest, "app.py").image()).isEqualTo(digest);
  }

  @Test
  void outputThatNobodyReadsEndsTheRunQuietly() throws IOException {
    OutputStream closed = failing("Broken pipe");
    try (FakeWorker worker =
        new FakeWorker(new RunEvent.Output(1, 1, SCRIPT), FakeWorker.exited(0))) {
      Outcome outcome =
          user.worker(worker.uri()).call(closed, Swayctl::run, "run", "--image", "a", "app.py");
      assertThat(outcome.code()).isEqualTo(141);
      assertThat(outcome.err()).isEmpty();
    }
  }

  private RunRequest asked(String... arguments) throws IOException {
    try (FakeWorker worker = new FakeWorker(FakeWorker.exited(0))) {
      Outcome outcome = user.worker(worker.uri()).call(Swayctl::run, arguments);
      assertThat(outcome.code()).as(outcome.err()).isZero();
      return worker.request();
    }
  }

  private Outcome run(String... arguments) throws IOException {
    String[] all = new String[arguments.length + 3];
    all[0] = "run";
    all[1] = "--image";
    all[2] = "app";
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return user.call(Swayctl::run, all);
  }

  private void assertWorkerFails(String kind, int code) throws IOException {
    try (FakeWorker worker = new FakeWorker(new RunEvent.Failed(1, kind, "it did not work"))) {
      user.worker(worker.uri());
      assertFails(run("app.py"), code, "swayctl: it did not work");
    }
  }

  private static void assertFails(Outcome outcome, int code, String message) {
    assertThat(outcome.err().lines()).singleElement().asString().contains(message);
    assertThat(outcome.err()).startsWith("swayctl: ").endsWith("\n");
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.code()).isEqualTo(code);
  }
}
