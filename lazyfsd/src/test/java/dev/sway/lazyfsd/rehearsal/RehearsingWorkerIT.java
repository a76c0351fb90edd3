package dev.sway.lazyfsd.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fixture.HostPrograms;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Transports;
import dev.sway.lazyfsd.fixture.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Workers that rehearse while they are asked for runs. Real FUSE, overlay and runc; needs root.
@Timeout(60)
final class RehearsingWorkerIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path folder;
  private Worker worker;

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
    Needs.runc();
  }

  @BeforeEach
  void open() throws Exception {
    worker = Worker.rehearsing(folder, Transports.KERNEL.load(), Duration.ofMillis(200));
    worker.publish("test", HostPrograms.into(new TestImage(folder), "sleep").build());
  }

  @AfterEach
  void everythingIsGone() throws IOException {
    worker.close();
    assertThat(worker.state().resolve("rehearsal")).doesNotExist();
    assertThat(worker.state().resolve("runs")).isEmptyDirectory();
    assertThat(worker.state().resolve("mounts")).isEmptyDirectory();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(folder.toString());
  }

  private JsonNode status() throws IOException, InterruptedException {
    return JSON.readTree(worker.send(worker.request(LazyfsdApi.STATUS)).body());
  }

  private boolean isRehearsed() throws IOException, InterruptedException {
    return status().path("rehearsal").asText().equals("done");
  }

  private boolean rehearses() {
    return Files.exists(worker.state().resolve("rehearsal"));
  }

  /// Something to wait for.
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(Condition condition) throws IOException, InterruptedException {
    while (!condition.holds()) {
      assertThat(Thread.currentThread().isInterrupted()).as("given up").isFalse();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  /// Begins a run; what this answers is its events.
  private InputStream sleep(String seconds) throws IOException, InterruptedException {
    return worker
        .send(
            worker.run("test", new RunRequest.Command(List.of("/bin/sleep", seconds))),
            HttpResponse.BodyHandlers.ofInputStream())
        .body();
  }

  @Test
  void runThatIsAskedForEndsTheRehearsalUntilItIsOver() throws Exception {
    await(this::rehearses);
    try (InputStream events = sleep("7")) {
      await(() -> !rehearses());
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      assertThat(rehearses()).as("rehearses while a run starts").isFalse();
      assertThat(status().path("runs").asInt()).isEqualTo(1);
      assertThat(status().path("rehearsal").asText()).isEqualTo("pending");
      assertThat(new String(events.readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"exitCode\":0");
    }
    await(this::isRehearsed);
    // What was rehearsed is no run and no mount of the worker's.
    assertThat(status().path("mounts").asInt()).isEqualTo(1);
    assertThat(worker.send(worker.request(LazyfsdApi.TRACES)).body().split("\"run\"", -1))
        .hasSize(2);
  }

  @Test
  void containersThatHaveBeenThereForLongDoNotKeepItWaiting() throws Exception {
    try (InputStream _ = sleep("40")) {
      await(this::isRehearsed);
      assertThat(status().path("runs").asInt()).isEqualTo(1);
    }
  }
}
