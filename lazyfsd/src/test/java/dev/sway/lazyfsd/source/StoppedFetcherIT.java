package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.ChildJvm;
import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.LinkProxy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process that had no processor for a while, as on a machine that has too much to do or was
/// suspended: that says nothing of its sources.
@Timeout(120)
class StoppedFetcherIT {
  private static final int LENGTH = 300_000;

  /// Of a link that takes a second and a half for it.
  private static final long BITS_PER_SECOND = 1_600_000;

  @TempDir Path folder;

  private Process fetcher(LinkProxy link, ServedPack pack) throws Exception {
    return ChildJvm.of(
            StoppedFetcher.class,
            "http://127.0.0.1:" + link.port(),
            pack.reference().digest().toString(),
            Long.toString(pack.reference().size()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void signal(String signal, Process process) throws Exception {
    assertThat(Command.run("kill", "-" + signal, Long.toString(process.pid())).exitCode()).isZero();
  }

  @Test
  void sourceIsNotBlamedForTheTimeInWhichNobodyListened() throws Exception {
    try (ServedPack pack = new ServedPack(folder.resolve("store"), LENGTH);
        LinkProxy link =
            LinkProxy.onLoopback(pack.uri().getPort(), Duration.ZERO, BITS_PER_SECOND)) {
      Process process = fetcher(link, pack);
      try (BufferedReader answers =
              new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
          OutputStream orders = process.getOutputStream()) {
        for (int fetch = 1; fetch <= 4; fetch++) {
          orders.write('\n');
          orders.flush();
          assertThat(answers.readLine()).isEqualTo("begun");
          // Half a second into the transfer, for longer than a source may give nothing.
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
          signal("STOP", process);
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2500));
          signal("CONT", process);
          assertThat(answers.readLine()).isEqualTo(fetch + " requests, 0 failed");
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
