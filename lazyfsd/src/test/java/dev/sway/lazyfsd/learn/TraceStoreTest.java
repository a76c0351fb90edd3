package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.api.TraceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceStoreTest {
  @TempDir Path folder;

  private static Trace trace(String run, List<String> args) {
    return new Trace(
        new TraceHeader(
            run,
            "app:1",
            Digest.of(new byte[0]),
            CommandKey.ofCommand(args),
            args,
            Instant.EPOCH,
            true,
            3,
            0,
            0,
            0,
            0,
            PrefetchSummary.none("off"),
            Map.of()),
        List.of());
  }

  private void age(String run, int seconds) throws IOException {
    Files.setLastModifiedTime(
        folder.resolve("traces").resolve(run + ".trace"),
        FileTime.from(Instant.EPOCH.plusSeconds(seconds)));
  }

  @Test
  void listSaysWhatWasRunAndSkipsNothing() throws IOException {
    TraceStore traces = new TraceStore(folder);
    List<String> args = List.of("python3", "app.py");
    traces.keep(trace("000000000001", args));
    traces.keep(trace("000000000002", args));
    Path damaged = folder.resolve("traces/000000000001.trace");
    Files.write(damaged, new byte[] {1, 2, 3});
    Path copy = Files.write(folder.resolve("traces/a copy.trace"), new byte[4]);
    Files.setLastModifiedTime(copy, FileTime.from(Instant.EPOCH));
    age("000000000001", 1);
    age("000000000002", 2);

    assertThat(traces.list())
        .containsExactly(
            new TraceInfo(
                "000000000002",
                "app:1",
                args,
                3,
                Files.size(folder.resolve("traces/000000000002.trace")),
                "1970-01-01T00:00:02Z"),
            new TraceInfo("000000000001", "", List.of(), -1, 3, "1970-01-01T00:00:01Z"),
            new TraceInfo("a copy", "", List.of(), -1, 4, "1970-01-01T00:00:00Z"));
  }

  @Test
  void ofALongCommandLineTheBeginningIsTold() throws IOException {
    TraceStore traces = new TraceStore(folder);
    traces.keep(trace("000000000001", List.of("a".repeat(100), "b".repeat(50_000), "c")));
    traces.keep(trace("000000000002", Collections.nCopies(4096, "")));
    traces.keep(trace("000000000003", List.of("a" + "\ud83d\ude00".repeat(300))));

    assertThat(traces.list())
        .extracting(TraceInfo::args)
        .containsExactlyInAnyOrder(
            List.of("a".repeat(100), "b".repeat(400)),
            Collections.nCopies(500, ""),
            List.of("a" + "\ud83d\ude00".repeat(249)));
  }
}
