package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fixture.HostPrograms;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Transports;
import dev.sway.lazyfsd.fixture.Worker;
import dev.sway.lazyfsd.learn.RunLearning;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Real FUSE, overlay and runc; needs root.
@ParameterizedClass
@EnumSource
class RunIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Transports transport;
  @TempDir Path folder;
  private Worker worker;

  RunIT(Transports transport) {
    this.transport = transport;
  }

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
    Needs.runc();
  }

  @BeforeEach
  void open() throws Exception {
    worker = new Worker(folder, transport.load(), Optional.empty());
    worker.publish("test", programs(image()).build());
  }

  @AfterEach
  void everythingIsGone() throws IOException {
    worker.close();
    assertThat(folder.resolve("state/runs")).isEmptyDirectory();
    assertThat(folder.resolve("state/runc")).isEmptyDirectory();
    assertThat(folder.resolve("state/mounts")).isEmptyDirectory();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(folder.toString());
  }

  private TestImage image() throws IOException {
    return new TestImage(folder);
  }

  private static TestImage programs(TestImage image) throws IOException, InterruptedException {
    return HostPrograms.into(image, "sh", "cat", "sleep", "head")
        .file("/data", "from the image")
        .file("/junk", new byte[] {1, 2, 3, 4});
  }

  /// What a run came to.
  private record Outcome(String out, String err, JsonNode last) {
    int exitCode() {
      return last.at("/result/exitCode").asInt(-1);
    }
  }

  private Outcome run(String image, RunRequest.Work what) throws IOException, InterruptedException {
    return outcome(
        worker.send(worker.run(image, what), HttpResponse.BodyHandlers.ofInputStream()).body());
  }

  private static Outcome outcome(InputStream body) throws IOException {
    ByteArrayOutputStream[] streams = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    JsonNode last = JSON.missingNode();
    try (BufferedReader events = reader(body)) {
      for (String line = events.readLine(); line != null; line = events.readLine()) {
        last = JSON.readTree(line);
        if (last.path("event").asText().equals("output")) {
          streams[last.path("stream").asInt() - 1].writeBytes(last.path("data").binaryValue());
        }
      }
    }
    return new Outcome(
        streams[0].toString(StandardCharsets.UTF_8),
        streams[1].toString(StandardCharsets.UTF_8),
        last);
  }

  private static BufferedReader reader(InputStream body) {
    return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
  }

  private static RunRequest.Work shell(String script) {
    return new RunRequest.Command(List.of("/bin/sh", "-c", script));
  }

  @Test
  void nothingOfTheDaemonsOwnLimitsIsInherited() throws Exception {
    assertThat(run("test", shell("ulimit -n; cat /proc/self/oom_score_adj; umask")).out())
        .isEqualTo("1024\n0\n0022\n");
  }

  @Test
  void foldersOfTheKernelAreNoWorkingDirectory() throws Exception {
    byte[] request =
        WireJson.write(
            new RunRequest(
                "test", new RunRequest.Command(List.of("/bin/cat")), List.of(), "/proc/self", ""));
    assertThat(worker.send(worker.post(request)).body())
        .contains("\"kind\":\"run\"", "'/proc/self'", "-w");
  }

  @Test
  void streamsAreApartAndTheExitCodeIsTheContainers() throws Exception {
    Outcome outcome = run("test", shell("cat /data; echo complaint >&2; exit 7"));
    assertThat(outcome.out()).as(outcome.toString()).isEqualTo("from the image");
    assertThat(outcome.err()).isEqualTo("complaint\n");
    assertThat(outcome.exitCode()).isEqualTo(7);
  }

  /// A worker knows runs that have ended for a minute, and may have many.
  @Test
  void whatARunHasAskedForIsLetGoBeforeTheRun() throws Exception {
    worker.close();
    worker = Worker.patient(folder, transport.load(), Duration.ofMinutes(2));
    HttpRequest.Builder request = worker.run("test", shell("cat /data; sleep 2"));
    try (InputStream events =
        worker.send(request, HttpResponse.BodyHandlers.ofInputStream()).body()) {
      assertThat(reader(events).readLine()).contains("started");
      assertThat(living(RunLearning.class)).isNotEmpty();
    }
    assertThat(run("test", shell("cat /data")).exitCode()).isZero();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(9);
    while (!living(RunLearning.class).isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
    }
    assertThat(living(RunLearning.class)).isEmpty();
    assertThat(worker.send(worker.request("/v1/runs")).body()).contains("ended");
  }

  /// What the JVM says of instances of a class that something refers to; empty where there are
  /// none.
  private static String living(Class<?> of) throws JMException {
    String all =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    return all.lines()
        .filter(line -> line.endsWith(" " + of.getName()))
        .collect(Collectors.joining());
  }

  @Test
  void runsWriteForThemselvesOnly() throws Exception {
    assertThat(run("test", shell("echo changed > /data; cat /data; echo > /new")).out())
        .isEqualTo("changed\n");
    assertThat(run("test", shell("cat /data; cat /new")).out()).isEqualTo("from the image");
  }

  @Test
  void scriptOfManyMegabytesRunsUnderItsOwnNameAndCannotBeWritten() throws Exception {
    byte[] text =
        "echo \"$0\" \"$@\"; echo x >> \"$0\" || exit 3\nexit 0\n".getBytes(StandardCharsets.UTF_8);
    byte[] script = Arrays.copyOf(text, 4 << 20);
    Arrays.fill(script, text.length, script.length, (byte) '#');
    Outcome outcome = run("test", new RunRequest.Script("größe 1.sh", script, List.of("a b", "")));
    assertThat(outcome.out()).isEqualTo("/run/sway/größe 1.sh a b \n");
    assertThat(outcome.exitCode()).isEqualTo(3);
  }

  @Test
  void whatCannotBeStartedIsSaidInDockersTerms() throws Exception {
    assertThat(run("test", new RunRequest.Command(List.of("nosuch"))).last().path("kind").asText())
        .isEqualTo("command-not-found");
    assertThat(run("test", new RunRequest.Command(List.of("/data/x"))).last().path("kind").asText())
        .isEqualTo("command-not-found");
    assertThat(run("test", new RunRequest.Command(List.of("/bin"))).last().path("kind").asText())
        .isEqualTo("not-executable");
    // Said before the container is started.
    assertThat(run("test", new RunRequest.Command(List.of("/junk"))).last().at("/error/kind"))
        .hasToString("\"not-executable\"");
  }

  @Test
  void imageCannotLeadRuncToTheHost() throws Exception {
    Path host = Files.createDirectory(folder.resolve("host"));
    Files.writeString(host.resolve("ptmx"), "stays");
    String out = "../../../../../../.." + host;
    worker.publish("dev", programs(image()).symlink("/dev", host.toString()).build());
    assertThat(run("dev", shell("true")).last().at("/error/kind").asText()).isEqualTo("run");
    worker.publish(
        "links",
        programs(image())
            .symlink("/etc", out)
            .symlink("/run", host.toString())
            .directory("/dev")
            .build());
    Outcome outcome =
        run(
            "links",
            new RunRequest.Script(
                "a.sh", "echo ran".getBytes(StandardCharsets.US_ASCII), List.of()));
    assertThat(outcome.out()).isEqualTo("ran\n");
    try (Stream<Path> files = Files.list(host)) {
      assertThat(files).containsExactly(host.resolve("ptmx"));
    }
    assertThat(host.resolve("ptmx")).hasContent("stays");
  }

  @Test
  void clientThatGoesAwayEndsItsRun() throws Exception {
    InputStream body =
        worker
            .send(
                worker.run("test", shell("echo up; sleep 1000")),
                HttpResponse.BodyHandlers.ofInputStream())
            .body();
    BufferedReader events = reader(body);
    awaitOutput(events);
    body.close();
    awaitRuns(0);
  }

  @Test
  void clientThatDoesNotReadHoldsTheContainerBackAndCanBeShutOut() throws Exception {
    InputStream body =
        worker
            .send(
                worker.run("test", shell("while :; do head -c 65536 /dev/zero; done")),
                HttpResponse.BodyHandlers.ofInputStream())
            .body();
    assertThat(body.read()).isEqualTo('{');
    awaitRuns(1);
    // The worker is closed while the container writes and nobody reads: nothing may be left.
  }

  @Test
  void closingTheWorkerEndsItsRunsAndTellsTheirClients() throws Exception {
    InputStream body =
        worker
            .send(
                worker.run("test", shell("echo up; sleep 1000")),
                HttpResponse.BodyHandlers.ofInputStream())
            .body();
    BufferedReader events = reader(body);
    awaitOutput(events);
    Thread closing =
        Thread.ofPlatform()
            .name("closing")
            .start(() -> {
              try {
                worker.endServer();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    String last = "";
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      last = line;
    }
    assertThat(last).contains("\"failed\"", "ended from outside");
    closing.join();
  }

  @Test
  void runcThatIsKilledLeavesNoContainer() throws Exception {
    InputStream body =
        worker
            .send(
                worker.run("test", shell("echo up; sleep 1000")),
                HttpResponse.BodyHandlers.ofInputStream())
            .body();
    BufferedReader events = reader(body);
    awaitOutput(events);
    String root = worker.state().resolve("runc").toString();
    ProcessHandle.current()
        .children()
        .filter(child -> child.info().arguments().map(List::of).orElse(List.of()).contains(root))
        .forEach(ProcessHandle::destroyForcibly);
    String last = "";
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      last = line;
    }
    assertThat(last).contains("\"failed\"", "runc was killed");
    awaitRuns(0);
  }

  private static void awaitOutput(BufferedReader events) throws IOException {
    String line = events.readLine();
    while (line != null && !line.contains("\"output\"")) {
      line = events.readLine();
    }
    assertThat(line).isNotNull();
  }

  private void awaitRuns(int wanted) throws Exception {
    long end = System.nanoTime() + 30_000_000_000L;
    String status = "";
    while (System.nanoTime() < end && !status.contains("\"runs\":" + wanted)) {
      status = worker.send(worker.request("/v1/status")).body();
    }
    assertThat(status).contains("\"runs\":" + wanted);
  }
}
