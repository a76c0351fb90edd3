package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.client.RunClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs whose worker dies, or gives its place to another, in the middle.
@Timeout(900)
final class RunSurvivalIT {
  private static final int NOISE_BYTES = 20_000_000;

  /// What 40 runs more may leave in the holder: the C library's free memory, not the runs'.
  private static final long MAX_GROWTH_KIB = 8 << 10;

  /// A compiler's or a cleaner's may be there at one time and not at another; 40 runs have 120.
  private static final long JVM_THREADS = 3;

  private static ExportedImage app;

  @TempDir Path folder;
  private Sway sway;
  private byte[] noise;

  @BeforeAll
  static void export(@TempDir Path shared) throws IOException, InterruptedException {
    Requirements.runs();
    app =
        ExportedImage.app(
            shared, tree -> TestImages.noise(tree.resolve("data/noise"), NOISE_BYTES, 5));
  }

  @BeforeEach
  void start() throws IOException, InterruptedException {
    sway = app.in(folder).startBoth();
    noise = Files.readAllBytes(sway.images().resolve("tree/data/noise"));
  }

  @AfterEach
  void end() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  private static String lines(int count) {
    return IntStream.range(0, count).mapToObj(i -> i + "\n").collect(Collectors.joining());
  }

  private static String counting(int count) {
    return "i=0; while [ $i -lt %d ]; do echo $i; i=$((i+1)); usleep 5000; done".formatted(count);
  }

  private long holder() {
    return ProcessHandle.allProcesses()
        .filter(process -> {
          String line = process.info().commandLine().orElse("");
          return line.contains("HolderMain") && line.contains(sway.state().toString());
        })
        .findFirst()
        .orElseThrow()
        .pid();
  }

  private Path pidFile() throws IOException {
    try (Stream<Path> runs = Files.list(sway.state().resolve("runs"))) {
      return runs.findFirst().orElseThrow().resolve("pid");
    }
  }

  @Test
  void killedWorkersRunGoesOnAndItsClientMissesNothing() throws Exception {
    Child run = sway.startSh("app", counting(1500) + "; exit 7");
    for (int line : new int[] {50, 400, 800}) {
      run.awaitOutput("^" + line + "$");
      sway.worker().kill();
      sway.startWorker();
    }
    Finished finished = run.await().expect(7);
    assertThat(finished.out()).isEqualTo(lines(1500));
    Messages.oneLine(
        new Finished(finished.command(), 7, new byte[0], finished.stderr()),
        7,
        "swayctl",
        "looking for it");
    sway.assertNoRuns();
  }

  @Test
  void recordedRunOnItsOwnMountGoesOnToo() throws Exception {
    sway.run("app", "true").expect(0);
    Child run =
        sway.startCtl(
            "run",
            "--record",
            "-u",
            "0",
            "--image",
            "app",
            "--",
            "sh",
            "-c",
            counting(600) + "; cat /etc/passwd; exit 7");
    run.awaitOutput("^50$");
    sway.worker().kill();
    sway.startWorker();
    Finished finished = run.await().expect(7);
    assertThat(finished.out()).startsWith(lines(600)).contains("root:x:0");
    assertThat(finished.err()).as("what was recorded is gone").contains("has left no trace");
    sway.assertNoRuns();
    try (Stream<Path> points = Files.list(sway.state().resolve("mounts"))) {
      assertThat(points.filter(point -> point.getFileName().toString().contains("-")))
          .as("its mount is gone, and the shared one is not")
          .isEmpty();
    }
    assertThat(sway.sh("app", "cat /etc/passwd").expect(0).out()).contains("root:x:0");
  }

  @Test
  void muchOutputAndStandardErrorSurviveTheWorkerUnchanged() throws Exception {
    Child run =
        sway.startSh(
            "app", "echo go; cat /data/noise; for i in 1 2 3 4; do cat /data/noise >&2; done");
    run.awaitOutput("^go");
    for (int i = 0; i < 3; i++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
      sway.worker().kill();
      sway.startWorker();
    }
    Finished finished = run.await().expect(0);
    byte[] out = finished.stdout();
    assertThat(out).hasSize(NOISE_BYTES + 3);
    assertThat(Digest.of(java.util.Arrays.copyOfRange(out, 3, out.length)))
        .isEqualTo(Digest.of(noise));
    String err = new String(finished.stderr(), StandardCharsets.ISO_8859_1);
    String expected = new String(noise, StandardCharsets.ISO_8859_1).repeat(4);
    String ours = err.replaceAll("\n?swayctl: [^\n]* looking for it for [0-9]+ s\n", "");
    assertThat(ours.length()).isEqualTo(expected.length());
    assertThat(ours.equals(expected)).isTrue();
    sway.assertNoRuns();
  }

  @Test
  void containerThatEndsWhileNoWorkerIsThereIsClearedAwayAndReported() throws Exception {
    Child run =
        sway.startSh(
            "app",
            // What it has not read by then it would wait for: nobody answers.
            "trap 'echo last; exit 5' USR1; cat /bin/busybox >/dev/null; echo ready; while :; do usleep 10000; done");
    run.awaitOutput("ready");
    Path pid = pidFile();
    ProcessHandle container =
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    sway.worker().kill();
    sway.signalContainer("USR1");
    container.onExit().get(30, TimeUnit.SECONDS);
    sway.startWorker();
    assertThat(run.await().expect(5).out()).isEqualTo("ready\nlast\n");
    sway.assertNoRuns();
  }

  @Test
  void runWhoseClientIsGoneEndsSomeTimeAfterTheWorkerIsBack() throws Exception {
    Child run = sway.startSh("app", "echo ready; while :; do usleep 10000; done");
    run.awaitOutput("ready");
    sway.worker().kill();
    run.kill();
    sway.startWorker("--client-grace", "1");
    sway.awaitNoRuns();
  }

  @Test
  void killedHolderLosesItsRunsAndTheNextOnesGoOn() throws Exception {
    Child run = sway.startSh("app", "echo ready; while :; do usleep 10000; done");
    run.awaitOutput("ready");
    long before = holder();
    ProcessHandle.of(before).orElseThrow().destroyForcibly();
    Messages.afterOutput(run.await(), 125, "swayctl", "was lost", "run it again");
    sway.assertNoRuns();
    assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
    assertThat(holder()).isNotEqualTo(before);
    // The new holder has the mount, too.
    Child next = sway.startSh("app", counting(300));
    next.awaitOutput("^50$");
    sway.worker().kill();
    sway.startWorker();
    assertThat(next.await().expect(0).out()).isEqualTo(lines(300));
  }

  @Test
  void killedHolderAndWorkerLeaveNothing() throws Exception {
    Child run = sway.startSh("app", "echo ready; while :; do usleep 10000; done");
    run.awaitOutput("ready");
    ProcessHandle holder = ProcessHandle.of(holder()).orElseThrow();
    sway.worker().kill();
    holder.destroyForcibly();
    sway.startWorker();
    assertThat(run.await().expect(125).err()).contains("has not the run any more; run again");
    sway.assertNoRuns();
    assertThat(sway.sh("app", "cat /data/small").expect(0).out()).isEqualTo("a small file\n");
  }

  @Test
  void runThatWasClearedAwayBeforeItsWorkerWasKilledKeepsItsOutputAndExitCode() throws Exception {
    Child run =
        sway.startSh("app", "trap 'exit 5' USR1; echo ready; while :; do usleep 10000; done");
    run.awaitOutput("ready");
    run.kill();
    Path pid = pidFile();
    String id = pid.getName(pid.getNameCount() - 2).toString();
    sway.signalContainer("USR1");
    sway.awaitNoRuns();
    sway.worker().kill();
    sway.startWorker();
    assertThat(sway.ask("GET", "/v1/runs/" + id + "/events?after=0").body().lines())
        .satisfiesExactly(
            started -> assertThat(started).contains("\"seq\":1,\"id\":\"" + id),
            output -> assertThat(output).contains("\"seq\":2,\"stream\":1,\"data\":\"cmVhZHkK\""),
            exited -> assertThat(exited).contains("\"exited\",\"seq\":3", "\"exitCode\":5"));
  }

  @Test
  void outputThatNobodyTakesHoldsTheContainerBackAndFillsNeitherDiskNorMemory() throws Exception {
    Child run = sway.startSh("app", "echo ready; usleep 2000000; exec cat /dev/zero");
    run.awaitOutput("ready");
    long container = Long.parseLong(Files.readString(pidFile()).strip());
    long holder = holder();
    long disk = diskKib();
    Shell.bash(folder, "kill -STOP \"$1\"", run.pid());
    try {
      long written = 0;
      long before = -1;
      // Until what is between container and client is full: pipe, ring, sockets.
      for (int i = 0; i < 60 && (written == 0 || written > before); i++) {
        before = written;
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
        written = field(Path.of("/proc", container + "", "io"), "wchar");
      }
      assertThat(written).isBetween(1L << 20, 64L << 20).isEqualTo(before);
      assertThat(diskKib() - disk).isLessThan(1 << 10);
      assertThat(status(holder, "VmRSS")).isLessThan(100 << 10);
      String id = sway.ask("GET", "/v1/runs").body().replaceAll(".*\"id\":\"([0-9a-f]+)\".*", "$1");
      assertThat(sway.ask("DELETE", "/v1/runs/" + id).statusCode()).isEqualTo(204);
      sway.awaitNoRuns();
    } finally {
      Shell.bash(folder, "kill -CONT \"$1\"", run.pid());
    }
    run.await().expect(125);
    sway.assertNoRuns();
  }

  private long diskKib() throws IOException, InterruptedException {
    return Long.parseLong(Shell.bash(folder, "du -sk state").out().replaceAll("\\s.*", ""));
  }

  @Test
  void manyRunsLeaveNothingInTheHolder() throws Exception {
    sway.sh("app", "true").expect(0);
    sway.awaitRehearsed();
    long holder = holder();
    inRounds(2);
    settle(holder);
    long memory = status(holder, "VmRSS");
    long threads = status(holder, "Threads");
    int files = files(holder);
    inRounds(8);
    settle(holder);
    assertThat(status(holder, "Threads")).isLessThanOrEqualTo(threads + JVM_THREADS);
    assertThat(files(holder)).isLessThanOrEqualTo(files);
    assertThat(status(holder, "VmRSS")).isLessThan(memory + MAX_GROWTH_KIB);
  }

  /// Five runs at a time, asked for as swayctl does, but without a process for each.
  private void inRounds(int rounds) throws Exception {
    RunRequest.Command command =
        new RunRequest.Command(List.of("sh", "-c", "head -c 100000 /data/noise"));
    RunRequest request = new RunRequest("app", command, List.of(), "", "0");
    byte[] expected = Arrays.copyOf(noise, 100_000);
    try (RunClient client = new RunClient(URI.create(sway.workerUrl()), Optional.empty());
        ExecutorService atOnce = Executors.newFixedThreadPool(5)) {
      for (int round = 0; round < rounds; round++) {
        List<Future<byte[]>> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          runs.add(
              atOnce.submit(() -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                RunResult result =
                    client.run(request, new RunClient.Sink(out, OutputStream.nullOutputStream()));
                assertThat(result.exitCode()).isZero();
                return out.toByteArray();
              }));
        }
        for (Future<byte[]> run : runs) {
          assertThat(run.get()).isEqualTo(expected);
        }
      }
    }
  }

  /// Waits until the runs' last events are forgotten.
  private void settle(long holder) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (sway.knownRuns() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
    assertThat(sway.knownRuns()).as("runs known, holder " + holder).isZero();
  }

  private static long status(long pid, String field) throws IOException {
    return field(Path.of("/proc", pid + "", "status"), field);
  }

  private static long field(Path file, String field) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  private static int files(long pid) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", pid + "", "fd"))) {
      return (int) files.count();
    }
  }
}
