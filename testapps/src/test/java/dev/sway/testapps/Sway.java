package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.lazyfsd.api.RunList;
import dev.sway.lazyfsd.api.RunResult;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A blob server, a worker and a user in one temporary folder: the real programs, through their
/// launchers, on free ports of the loopback.
///
/// [#close] ends what still runs and fails where anything is left: a mount, a container, a cgroup,
/// a process, a temporary file. For one thread.
///
/// The servers are compiled as commands are, which live for seconds, because most tests start them
/// several times: half the processor time of a start. What is run, and how it is checked, is the
/// same. Where a server stays, [#compiledAsInstalled] has it run as a user's does.
final class Sway implements AutoCloseable {
  private static final Path ROOT =
      Path.of(Objects.requireNonNull(System.getProperty("sway.root"), "sway.root is not set"));
  private static final Duration END = Duration.ofSeconds(30);
  private static final String SHORT_LIVED = "@" + ROOT.resolve(".launch/swayctl.options");
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final Path folder;
  private final Leftovers leftovers;
  private final List<Child> children = new ArrayList<>();
  private @Nullable Child blobd;
  private @Nullable Child worker;
  private String serverFlags = SHORT_LIVED;
  private String blobdUrl = "http://127.0.0.1:9";
  private String workerUrl = "http://127.0.0.1:9";

  /// Nothing runs yet.
  ///
  /// @param folder an empty one
  Sway(Path folder) throws IOException {
    this.folder = folder.toRealPath();
    leftovers = new Leftovers(folder);
    for (String name : List.of("home", "tmp", "images")) {
      Files.createDirectories(this.folder.resolve(name));
    }
  }

  /// With a blob server and a worker that wait for requests.
  static Sway started(Path folder) throws IOException, InterruptedException {
    return new Sway(folder).startBoth();
  }

  /// Starts a blob server, and a worker with these options beside those it always has; ends what
  /// has started where one does not.
  Sway startBoth(String... workerOptions) throws IOException, InterruptedException {
    boolean complete = false;
    try {
      startBlobd();
      startWorker(workerOptions);
      complete = true;
      return this;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  /// Has servers and mounts that start from now on run with the JVM's flags that they have where
  /// they are installed.
  Sway compiledAsInstalled() {
    serverFlags = "";
    return this;
  }

  Path folder() {
    return folder;
  }

  /// The blob server's folder.
  Path store() {
    return folder.resolve("store");
  }

  /// What blobd has of hot packs, its map and itself, once the worker has stored one.
  List<Path> hotFiles() throws IOException, InterruptedException {
    long patience = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    List<Path> files = List.of();
    while (files.size() < 2 && System.nanoTime() < patience) {
      Shell.bash(folder, "mkdir -p store/hot && sleep 0.1");
      try (Stream<Path> found = Files.walk(store().resolve("hot"), 2)) {
        // Uploads have dots in their names.
        files =
            found
                .filter(
                    file -> file.getFileName().toString().matches("[0-9a-f]{64}(-[0-9a-f]{64})?"))
                .filter(Files::isRegularFile)
                .toList();
      }
    }
    assertThat(files).as("map and hot pack; %s", worker().err()).hasSize(2);
    return files;
  }

  /// The worker's folder.
  Path state() {
    return folder.resolve("state");
  }

  /// Where the worker has mounted an image for all its runs. Beside it are mounts of single runs,
  /// and of starts that the worker rehearses.
  Path mount(String image) throws IOException {
    Path name = store().resolve("names").resolve(image + "@latest.json");
    String manifest = JSON.readTree(name.toFile()).path("manifest").asText();
    return state().resolve("mounts").resolve(manifest.substring("sha256:".length()));
  }

  /// For trees and archives.
  Path images() {
    return folder.resolve("images");
  }

  String blobdUrl() {
    return blobdUrl;
  }

  String workerUrl() {
    return workerUrl;
  }

  Child blobd() {
    return Objects.requireNonNull(blobd, "not started");
  }

  Child worker() {
    return Objects.requireNonNull(worker, "not started");
  }

  /// What the programs have written to stderr so far, and the worker's holder to its log: for the
  /// message of a test that fails.
  String said() throws IOException {
    StringBuilder said = new StringBuilder();
    for (Child child : children) {
      said.append(child.err());
    }
    Path holder = state().resolve("holder/log");
    return said + (Files.exists(holder) ? Files.readString(holder) : "");
  }

  /// Starts a program of sway with a user's environment.
  Child start(String program, List<String> arguments, Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ROOT.resolve(program, "bin", program).toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.resolve("home").toFile());
    Map<String, String> all = builder.environment();
    all.keySet().removeIf(name -> name.startsWith("SWAY_") || name.endsWith("SERVER_URL"));
    all.keySet().removeIf(name -> name.startsWith("XDG_"));
    all.put("HOME", folder.resolve("home").toString());
    all.put("TMPDIR", folder.resolve("tmp").toString());
    all.put("SERVER_URL", blobdUrl);
    all.put("WORKER_URL", workerUrl);
    if (!program.equals("swayctl")) {
      all.put("SWAY_JVM_OPTIONS", serverFlags);
    }
    all.putAll(environment);
    Child child = Child.start(builder);
    children.add(child);
    return child;
  }

  /// Starts the blob server; again at the same address where it ran before.
  void startBlobd(String... more) throws IOException, InterruptedException {
    String listen = blobd == null ? "127.0.0.1:0" : blobdUrl.substring("http://".length());
    List<String> arguments =
        new ArrayList<>(List.of("serve", "--store", store().toString(), "--listen", listen));
    arguments.addAll(List.of(more));
    blobd = start("blobd", arguments, Map.of());
    blobdUrl = blobd.awaitOutput("^blobd: serving .* on (http://[0-9.:]+)").group(1);
  }

  /// Starts the worker with the blob server at its own address; again at the same address where it
  /// ran before.
  void startWorker(String... more) throws IOException, InterruptedException {
    startWorkerOn(blobdUrl, more);
  }

  /// Starts the worker with the blob server at `blobs`, which may be a proxy.
  void startWorkerOn(String blobs, String... more) throws IOException, InterruptedException {
    String listen = worker == null ? "127.0.0.1:0" : workerUrl.substring("http://".length());
    List<String> arguments =
        new ArrayList<>(
            List.of("serve", "--blobd", blobs, "--state", state().toString(), "--listen", listen));
    arguments.addAll(List.of(more));
    if (!arguments.contains("--client-grace")) {
      arguments.addAll(List.of("--client-grace", "10"));
    }
    worker = start("lazyfsd", arguments, Map.of());
    workerUrl = worker.awaitOutput("^lazyfsd: serving .* on (http://[0-9.:]+)").group(1);
  }

  /// Waits until the worker has rehearsed its starts, which have mounts and runs in its holder.
  void awaitRehearsed() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (!ask("GET", "/v1/status").body().contains("\"rehearsal\":\"done\"")) {
      assertThat(System.nanoTime()).as("rehearsed in time; %s", said()).isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  /// Has another process take the worker's place, which must end by itself and without a complaint.
  void upgradeWorker() throws IOException, InterruptedException {
    Child next = start("lazyfsd", List.of("upgrade", "--state", state().toString()), Map.of());
    String url = next.awaitOutput("^lazyfsd: serving .* on (http://[0-9.:]+)").group(1);
    if (!url.equals(workerUrl)) {
      throw new AssertionError("serves %s instead of %s: %s".formatted(url, workerUrl, next));
    }
    worker().await(END).expect(0);
    worker = next;
  }

  /// Ends the worker with SIGTERM and starts it again on the same state.
  void restartWorker() throws IOException, InterruptedException {
    worker().terminate();
    worker().await(END).expect(0);
    startWorker();
  }

  /// Mounts an image with `lazyfsd mount` and a state folder of its own.
  Child mount(String image, Path point, String stateName, String... more)
      throws IOException, InterruptedException {
    return mountFrom(blobdUrl, image, point, stateName, more);
  }

  /// Likewise, with the blob server at `blobs`, which may be a proxy.
  Child mountFrom(String blobs, String image, Path point, String stateName, String... more)
      throws IOException, InterruptedException {
    Files.createDirectories(point);
    String state = folder.resolve(stateName).toString();
    List<String> arguments = new ArrayList<>(List.of("mount", "--blobd", blobs, "--state", state));
    arguments.addAll(List.of(more));
    arguments.addAll(List.of(image, point.toString()));
    Child mount = start("lazyfsd", arguments, Map.of());
    mount.awaitOutput("^mounted$");
    return mount;
  }

  /// Ends a mount or server with SIGTERM.
  static void end(Child child) throws InterruptedException {
    child.terminate();
    child.await(END).expect(0);
  }

  /// Runs swayctl to its end.
  Finished ctl(Object... arguments) throws IOException, InterruptedException {
    return startCtl(arguments).await();
  }

  /// Runs swayctl in front of a shell command that reads what it prints; its exit code becomes a
  /// line on stderr.
  Finished pipedTo(String reader, String... arguments) throws IOException, InterruptedException {
    return Shell.bash(
        folder,
        """
        set +e
        export HOME="$PWD/home" TMPDIR="$PWD/tmp" SERVER_URL="$1" WORKER_URL="$2"
        program=$3
        shift 3
        { "$program" "$@"; echo $? >&2; } | %s
        """
            .formatted(reader),
        words(
            List.of(blobdUrl, workerUrl, ROOT.resolve("swayctl/bin/swayctl").toString()),
            arguments));
  }

  /// Starts swayctl.
  Child startCtl(Object... arguments) throws IOException {
    return start("swayctl", Stream.of(arguments).map(Object::toString).toList(), Map.of());
  }

  /// Exports `source` (`TRANSPORT:REF`) as `name`.
  void export(String source, String name) throws IOException, InterruptedException {
    ctl("export", "--from", source, "--name", name).expect(0);
  }

  /// Runs a command of an image.
  Finished run(String image, String... command) throws IOException, InterruptedException {
    return ctl(words(List.of("run", "--image", image, "--"), command));
  }

  /// Runs a shell script of busybox in an image, as root.
  Finished sh(String image, String script) throws IOException, InterruptedException {
    return ctl(words(List.of("run", "-u", "0", "--image", image, "--"), "sh", "-c", script));
  }

  /// Starts to run a shell script of busybox in an image, as root.
  Child startSh(String image, String script) throws IOException {
    return startCtl(words(List.of("run", "-u", "0", "--image", image, "--"), "sh", "-c", script));
  }

  /// A run of a shell script as root with its figures: must end with `exitCode`.
  Measured measuredSh(String image, int exitCode, String script)
      throws IOException, InterruptedException {
    return measured(image, List.of(), exitCode, "sh", "-c", script);
  }

  /// A run of a command as root with its figures: must end with `exitCode`.
  Measured measured(String image, List<String> options, int exitCode, String... command)
      throws IOException, InterruptedException {
    List<String> before = new ArrayList<>(List.of("run", "--json", "-u", "0", "--image", image));
    before.addAll(options);
    before.add("--");
    Finished run = ctl(words(before, command)).expect(exitCode);
    String last = run.err().lines().reduce((_, line) -> line).orElse("");
    return new Measured(run, JSON.treeToValue(JSON.readTree(last).path("run"), RunResult.class));
  }

  /// A run and its figures.
  record Measured(Finished finished, RunResult result) {}

  private static Object[] words(List<String> options, String... command) {
    return Stream.concat(options.stream(), Stream.of(command)).toArray();
  }

  /// Sends a signal to the first process of the only container that runs, from outside.
  void signalContainer(String signal) throws IOException, InterruptedException {
    Shell.bash(folder, "kill -s \"$1\" \"$(cat state/runs/*/pid)\"", signal);
  }

  /// Fails where anything of a run is left although none runs.
  void assertNoRuns() throws IOException {
    List<String> left = leftovers.ofRuns();
    if (!left.isEmpty()) {
      throw new AssertionError("left by runs: " + left);
    }
  }

  /// Waits until the worker has no container any more.
  void awaitNoRuns() throws IOException {
    long deadline = System.nanoTime() + END.toNanos();
    Path runs = state().resolve("runs");
    while (true) {
      try (Stream<Path> left = Files.list(runs)) {
        if (left.findAny().isEmpty()) {
          return;
        }
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("a run goes on: " + worker);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /// What the worker answers to a request with these headers.
  HttpResponse<String> ask(String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(workerUrl + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  /// How many runs the worker knows, ended ones too.
  int knownRuns() throws IOException {
    try (InputStream in = URI.create(workerUrl + "/v1/runs").toURL().openStream()) {
      return JSON.readValue(in, RunList.class).runs().size();
    }
  }

  @Override
  public void close() throws IOException {
    List<String> left = new ArrayList<>();
    try {
      for (Child child : children.reversed()) {
        endAtLast(child, left);
      }
      left.addAll(leftovers.all());
      try (Stream<Path> files = Files.list(folder.resolve("tmp"))) {
        files
            .filter(file -> !file.getFileName().toString().startsWith("hsperfdata"))
            .forEach(file -> left.add("temporary file " + file));
      }
      if (!left.isEmpty()) {
        leftovers.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while ending " + children, e);
    }
    if (!left.isEmpty()) {
      throw new AssertionError(
          "left behind: " + String.join(", ", left) + (worker == null ? "" : "\n" + worker));
    }
  }

  private static void endAtLast(Child child, List<String> left) throws InterruptedException {
    if (child.isAlive()) {
      child.terminate();
      try {
        child.await(END);
      } catch (AssertionError e) {
        left.add("a process that SIGTERM does not end: " + e.getMessage());
      }
    }
  }
}
