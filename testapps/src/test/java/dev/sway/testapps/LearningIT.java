package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs leave traces; the next run of the same command has what it will ask for before it asks, on
/// any worker, and is right whatever a profile says.
@Timeout(300)
final class LearningIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String SCRIPT = "sha256sum /data/a /data/b";

  /// What is brought beside it is there before it ends, also on a machine that has much to do.
  private static final String SLOW_SCRIPT = SCRIPT + "; sleep 3";

  private static ExportedImage app;

  @TempDir Path folder;
  private Sway sway;

  @BeforeAll
  static void export(@TempDir Path shared) throws IOException, InterruptedException {
    Requirements.runs();
    // Too large to be fetched whole.
    app =
        ExportedImage.app(
            shared, tree -> TestImages.noise(tree.resolve("data/large"), 20_000_000, 9));
  }

  @BeforeEach
  void start() throws IOException, InterruptedException {
    sway = app.in(folder).startBoth();
  }

  @AfterEach
  void stop() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  private byte[] get(String path) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(sway.workerUrl() + path)).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      return answer.statusCode() == 200 ? answer.body() : new byte[0];
    }
  }

  private Trace trace(String run) throws IOException, InterruptedException {
    byte[] trace = get("/v1/traces/" + run);
    assertThat(trace).as("the trace of run %s: %s", run, sway.worker().err()).isNotEmpty();
    return TraceReader.read(trace, "trace of " + run);
  }

  private Trace run() throws IOException, InterruptedException {
    return run(SCRIPT);
  }

  private Trace run(String script) throws IOException, InterruptedException {
    Sway.Measured run = sway.measuredSh("app", 0, script);
    assertThat(run.finished().out()).contains("/data/a").contains("/data/b");
    return trace(run.result().id());
  }

  /// A worker that has never seen anything takes the place of this one.
  private void newWorker() throws IOException, InterruptedException {
    Sway.end(sway.worker());
    Shell.bash(folder, "rm -rf --one-file-system state");
    sway.startWorker();
  }

  private static Stream<String> readFromSource(Trace trace) {
    return trace.accesses().stream()
        .filter(
            access -> access.operation() == Operation.READ && access.from() == ServedFrom.SOURCE)
        .map(access -> access.path());
  }

  @Test
  void anotherWorkerPrefetchesWhatAFirstOneHasLearnt() throws Exception {
    Trace cold = run(SLOW_SCRIPT);
    assertThat(cold.header().cold()).isTrue();
    assertThat(cold.header().exitCode()).isZero();
    assertThat(cold.header().prefetch()).isEqualTo(PrefetchSummary.none("overlap"));
    assertThat(cold.header().marks())
        .containsKeys(
            Mark.RESOLVED,
            Mark.MOUNTED,
            Mark.RUNC_STARTED,
            Mark.CONTAINER_STARTED,
            Mark.FIRST_OUTPUT,
            Mark.EXITED,
            Mark.CLEARED);
    assertThat(List.copyOf(cold.header().marks().values())).isSorted();
    assertThat(readFromSource(cold)).contains("/data/a", "/data/b");
    assertThat(cold.accesses()).anyMatch(access -> access.program().equals("sha256sum"));

    newWorker();
    Trace prefetched = run(SLOW_SCRIPT);
    assertThat(prefetched.header().prefetch().origin()).isEqualTo("blobd");
    assertThat(prefetched.header().prefetch().outcome()).isEqualTo("done");
    assertThat(prefetched.header().prefetch().pushedBytes()).isPositive();
    assertThat(prefetched.header().prefetch().fetchedBytes()).isPositive();
    assertThat(prefetched.header().marks()).containsKeys(Mark.PREFETCH_BEGUN, Mark.PREFETCH_ENDED);
    assertThat(prefetched.header().fetchedBytes())
        .as("no more than without a profile")
        .isLessThanOrEqualTo(cold.header().fetchedBytes() * 11 / 10);

    newWorker();
    Sway.Measured waited =
        sway.measured("app", List.of("--prefetch", "wait"), 0, "sh", "-c", SLOW_SCRIPT);
    assertThat(readFromSource(trace(waited.result().id())))
        .as("all was there before")
        .doesNotContain("/data/a", "/data/b");
    assertThat(sway.worker().err()).isEmpty();
  }

  @Test
  void anotherWorkerStartsFromTheHotPackAlone() throws Exception {
    Trace cold = run();
    sway.hotFiles();
    newWorker();
    // Without the image's packs: whatever is not in the hot pack cannot be had.
    Manifest manifest =
        ManifestReader.read(
            Files.readAllBytes(blob(cold.header().manifest())), cold.header().manifest());
    for (Manifest.PackBlob pack : manifest.packs()) {
      Files.delete(blob(pack.digest()));
    }
    Sway.Measured hot = sway.measured("app", List.of("--prefetch", "wait"), 0, "sh", "-c", SCRIPT);
    assertThat(hot.finished().out()).contains("/data/a").contains("/data/b");
    Trace trace = trace(hot.result().id());
    assertThat(trace.header().prefetch().outcome()).isEqualTo("done");
    assertThat(trace.header().prefetch().segments())
        .as("of %d pieces", trace.header().prefetch().chunks())
        .isPositive();
    assertThat(sway.ctl("explain", hot.result().id()).expect(0).out())
        .contains(trace.header().prefetch().segments() + " segments of the hot pack");
    assertThat(trace.header().fetchedBytes())
        .as("parts of chunks, not chunks")
        .isPositive()
        .isLessThan(cold.header().fetchedBytes());
    assertThat(sway.worker().err()).isEmpty();
  }

  private Path blob(Digest digest) {
    return sway.store()
        .resolve("blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  @Test
  void aDamagedHotPackIsDoneWithout() throws Exception {
    run(SLOW_SCRIPT);
    for (Path file : sway.hotFiles()) {
      try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
        if (bytes.length() > 1 << 20) {
          for (long at = 100; at < bytes.length(); at += 10_000) {
            bytes.seek(at);
            bytes.write(new byte[8]);
          }
        }
      }
    }
    newWorker();
    Trace trace = run(SLOW_SCRIPT);
    assertThat(trace.header().exitCode()).isZero();
    assertThat(trace.header().prefetch().outcome()).isEqualTo("done");
    assertThat(sway.worker().err())
        .contains("the hot pack sha256:")
        .contains("is not used any more");
  }

  @Test
  void aSmallImageIsFetchedWholeOverALinkOfLongWays() throws Exception {
    Path tree = TestImages.busyboxTree(sway.images().resolve("small"));
    sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("small.tar")), "small");
    Sway.end(sway.worker());
    try (CountingProxy proxy = new CountingProxy(sway.blobdUrl(), Duration.ofMillis(50))) {
      sway.startWorkerOn(proxy.url());
      Trace whole = trace(sway.measured("small", List.of(), 0, "sleep", "3").result().id());
      assertThat(whole.header().prefetch().origin()).isEqualTo("image");
      assertThat(whole.header().prefetch().outcome()).isEqualTo("done");
      assertThat(sway.ctl("explain", whole.header().run()).expect(0).out())
          .contains("without a profile (policy overlap): the whole image");
      long before = proxy.rangeRequests();
      sway.sh("small", SCRIPT).expect(0);
      assertThat(proxy.rangeRequests()).isEqualTo(before);
    }
  }

  @Test
  void aRunIsToldNotToPrefetch() throws Exception {
    run();
    newWorker();
    Sway.Measured off = sway.measured("app", List.of("--prefetch", "off"), 0, "sh", "-c", SCRIPT);
    Trace trace = trace(off.result().id());
    assertThat(trace.header().prefetch().outcome()).isEqualTo("none");
    assertThat(readFromSource(trace)).contains("/data/a");
    Messages.oneLine(
        sway.ctl("run", "--prefetch", "sometimes", "--image", "app", "--", "true"),
        125,
        "swayctl",
        "sometimes",
        "off, overlap or wait");
  }

  @Test
  void whatARunThatFailedDidNotGetIsBroughtForTheNext() throws Exception {
    String failing = SCRIPT + "; exit 3";
    Trace first = trace(sway.measuredSh("app", 3, failing).result().id());
    assertThat(first.header().prefetch().outcome()).isEqualTo("none");
    // It ends soon, and what is not brought by then is given up, unless it waits for it.
    Trace second =
        trace(
            sway.measured("app", List.of("--prefetch", "wait"), 3, "sh", "-c", failing)
                .result()
                .id());
    assertThat(second.header().prefetch().origin()).isEqualTo("worker");
    assertThat(second.header().prefetch().outcome()).isEqualTo("done");
    Trace third = trace(sway.measuredSh("app", 3, failing).result().id());
    assertThat(third.header().prefetch().outcome()).as("the kernel has it").isEqualTo("earlier");
  }

  /// The mounts of the image: that of all its runs, and those of single ones.
  private List<Path> mounts() throws IOException {
    Path shared = sway.mount("app");
    try (Stream<Path> points = Files.list(sway.state().resolve("mounts"))) {
      return points.filter(point -> point.toString().startsWith(shared.toString())).toList();
    }
  }

  @Test
  void aRecordedRunShowsAllAlsoWhereTheKernelHasIt() throws Exception {
    Trace cold = run();
    List<Path> shared = mounts();
    assertThat(run().accesses()).as("the kernel has it all").hasSizeLessThan(5);
    Sway.Measured recorded = sway.measured("app", List.of("--record"), 0, "sh", "-c", SCRIPT);
    assertThat(recorded.finished().err()).contains("recorded run " + recorded.result().id());
    Trace trace = trace(recorded.result().id());
    assertThat(trace.header().cold()).isTrue();
    assertThat(trace.header().prefetch()).isEqualTo(PrefetchSummary.none("off"));
    assertThat(trace.accesses().stream().filter(access -> access.operation() == Operation.READ))
        .extracting(Access::path)
        .containsAll(
            cold.accesses().stream()
                .filter(access -> access.operation() == Operation.READ)
                .map(Access::path)
                .toList());
    assertThat(readFromSource(trace)).as("the worker's cache has it").isEmpty();
    assertOwnMountGoes(shared);
    assertThat(run().header().cold()).as("the shared mount is as it was").isFalse();
  }

  @Test
  void aRecordingThatCannotStartLeavesNoMount() throws Exception {
    sway.run("app", "true").expect(0);
    List<Path> shared = mounts();
    sway.ctl("run", "--record", "--image", "app", "--", "no-such-command").expect(127);
    assertOwnMountGoes(shared);
  }

  /// It goes behind the answer, once what is learnt from is done.
  private void assertOwnMountGoes(List<Path> shared) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!mounts().equals(shared) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    assertThat(mounts()).isEqualTo(shared);
  }

  @Test
  void recordedCommandsHaveAProfileBeforeTheirFirstRunElsewhere() throws Exception {
    Finished recorded =
        sway.ctl("profile", "record", "app", "--", "sh", "-c", SCRIPT + "; exit 3").expect(3);
    assertThat(recorded.out()).contains("/data/a");
    assertThat(recorded.err()).contains("the profile").contains("1 runs");
    Path script = Files.writeString(sway.images().resolve("check"), "#!/bin/sh\n" + SCRIPT);
    sway.ctl(
            "export",
            "--from",
            "tar:" + sway.images().resolve("app.tar"),
            "--name",
            "app",
            "--record",
            script + " 'an argument'")
        .expect(0);
    newWorker();
    Finished first = sway.ctl("run", "--json", "--image", "app", script).expect(0);
    assertThat(first.out()).contains("/data/b");
    Trace trace = trace(first.err().replaceAll("(?s).*\"id\":\"([0-9a-f]+)\".*", "$1"));
    assertThat(trace.header().prefetch().origin()).isEqualTo("blobd");
    assertThat(trace.header().prefetch().pushedBytes()).isGreaterThan(2 << 20);
  }

  @Test
  void damagedProfilesAreAsGoodAsNone() throws Exception {
    run();
    Sway.end(sway.worker());
    for (Path state : List.of(sway.state(), sway.store())) {
      try (Stream<Path> files = Files.walk(state.resolve("profiles"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() / 2);
          }
        }
      }
    }
    Shell.bash(folder, "rm -rf --one-file-system state/packs");
    sway.startWorker();
    Trace trace = run();
    assertThat(trace.header().prefetch().outcome()).isEqualTo("none");
    assertThat(sway.worker().err()).contains("profile");
  }

  @Test
  void withoutBlobdAWorkerUsesItsOwnProfileAndGoesOn() throws Exception {
    run();
    sway.blobd().kill();
    Trace again = run();
    assertThat(again.header().cold()).isFalse();
    assertThat(again.header().exitCode()).isZero();
  }

  @Test
  void tracesAreGuardedByTheTokensOfRuns() throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), "a-token-of-16-characters\n");
    Shell.bash(folder, "chmod 600 tokens");
    Trace trace = run();
    Sway.end(sway.worker());
    sway.startWorker("--tokens", tokens.toString());
    assertThat(get("/v1/traces")).isEmpty();
    assertThat(get("/v1/traces/" + trace.header().run())).isEmpty();
  }
}
