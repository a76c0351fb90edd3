package dev.sway.formats.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Frames;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.Traces;
import dev.sway.formats.id.ByteName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceFileTest {
  private static final Trace SMALL =
      new Trace(
          Traces.header(),
          List.of(
              new Access(
                  -5,
                  Operation.LOOKUP,
                  0,
                  "/usr/lib/python3.13/encodings",
                  0,
                  0,
                  0,
                  "",
                  300,
                  ServedFrom.INDEX,
                  true),
              Traces.read(70_123, "/usr/bin/python3", 131_072, 4_096),
              Traces.read(71_000, TracePath.of(List.of(ByteName.of(new byte[] {'n', -1}))), 0, 9)));

  private static void assertRefused(byte[] bytes, String... why) {
    assertThatThrownBy(() -> TraceReader.read(bytes, "t"))
        .isInstanceOf(CorruptException.class)
        .hasMessageStartingWith("trace t: ")
        .hasMessageContainingAll(why);
  }

  private static void assertRefused(UnaryOperator<String> change, String... why) {
    assertRefused(Frames.changed(TraceWriter.write(SMALL), change), why);
  }

  @Test
  void everyTraceIsReadBack() {
    Randomized.forSeeds(
        200,
        random -> {
          Trace trace = Traces.random(random, 40);
          byte[] bytes = TraceWriter.write(trace);
          assertThat(TraceReader.read(bytes, "t")).isEqualTo(trace);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          TraceWriter.write(trace, out);
          assertThat(TraceReader.read(new ByteArrayInputStream(out.toByteArray()), "t"))
              .isEqualTo(trace);
        });
  }

  @Test
  void headerIsReadAlone() throws IOException {
    Randomized.forSeeds(
        50,
        random -> {
          Trace trace = Traces.random(random, 40);
          assertThat(TraceReader.readHeader(TraceWriter.write(trace), "t"))
              .isEqualTo(trace.header());
        });
    byte[] small = TraceWriter.write(SMALL);
    byte[] others =
        Frames.changed(small, text -> text.substring(0, text.indexOf('\n') + 1) + "no access");
    assertThat(TraceReader.readHeader(others, "t")).isEqualTo(SMALL.header());
    assertThatThrownBy(() -> TraceReader.readHeader(Arrays.copyOf(small, small.length / 2), "t"))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("is it truncated?");
    byte[] headless = Frames.changed(small, text -> text.substring(0, text.indexOf("marks")));
    assertThatThrownBy(() -> TraceReader.readHeader(headless, "t"))
        .isInstanceOf(CorruptException.class)
        .hasMessageStartingWith("trace t: ");
  }

  private String golden(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/golden/" + name))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /// `golden/1-trace.jsonl` is what version 1 wrote once. It must be read for ever.
  @Test
  void tracesOfVersionOneAreRead() throws IOException {
    String golden = golden("1-trace.jsonl");
    assertThat(TraceReader.read(Frames.of(golden), "t")).isEqualTo(SMALL);
    String prefetched = golden.replace("\"chunks\":0", "\"chunks\":53");
    assertThat(TraceReader.read(Frames.of(prefetched), "t").header().prefetch())
        .isEqualTo(new PrefetchSummary("overlap", "", "", 53, 0, 0, 0, "none"));
    assertRefused(
        Frames.of(golden.replace("\"chunks\":0", "\"chunks\":0,\"segments\":0")), "fetchedBytes");
  }

  /// `golden/2-trace.jsonl` is what version 2 wrote once. It must be read for ever.
  @Test
  void tracesOfVersionTwoAreReadAndWritten() throws IOException {
    String golden = golden("2-trace.jsonl");
    Trace trace =
        new Trace(
            Traces.header(
                true,
                0,
                new PrefetchSummary(
                    "overlap", "sha256:x", "blobd", 53, 48, 9_437_184, 31_000_000, "done")),
            SMALL.accesses());
    assertThat(Frames.text(TraceWriter.write(trace))).isEqualTo(golden);
    assertThat(TraceReader.read(Frames.of(golden), "t")).isEqualTo(trace);
  }

  @Test
  void noMoreSegmentsAreBroughtThanThereIsInAll() {
    UnaryOperator<String> all =
        text -> text.replace("\"chunks\":0,\"segments\":0", "\"chunks\":3,\"segments\":4");
    assertRefused(all, "'segments' is impossible: 4");
    assertRefused(text -> text.replace("\"segments\":0,", ""), "segments");
  }

  @Test
  void aTraceThatIsCutAnywhereIsRefused() {
    byte[] bytes = TraceWriter.write(SMALL);
    for (int length = 0; length < bytes.length; length++) {
      assertRefused(Arrays.copyOf(bytes, length), length == 0 ? "is empty" : "is it truncated?");
    }
  }

  @Test
  void linesThatAreMissingAreNoticed() {
    String text = Frames.text(TraceWriter.write(SMALL));
    for (int end = text.lastIndexOf('\n', text.length() - 2);
        end >= 0;
        end = text.lastIndexOf('\n', end - 1)) {
      assertRefused(Frames.of(text.substring(0, end + 1)), "trace t");
    }
    List<String> lines = text.lines().toList();
    assertRefused(
        Frames.of(String.join("\n", lines.get(0), lines.get(1), lines.get(4))),
        "line 3",
        "has 1 accesses, its end says 3");
    assertRefused(Frames.of(text + lines.get(1)), "goes on behind its end");
  }

  @ParameterizedTest
  @CsvSource({
    "\"version\":2, \"version\":3, too new",
    "\"version\":2, \"version\":0, too old",
    "\"version\":2, \"version\":-1, too old"
  })
  void anotherVersionIsNoDamage(String from, String to, String why) {
    byte[] bytes =
        Frames.changed(
            TraceWriter.write(SMALL),
            text -> text.replace(from, to).replace("\"run\"", "\"anything\""));

    assertThatThrownBy(() -> TraceReader.read(bytes, "t"))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageStartingWith("trace t: format version")
        .hasMessageContaining(why);
  }

  @Test
  void whatIsNoTraceIsRefused() {
    assertRefused("hello".getBytes(UTF_8), "is no zstd frame");
    assertRefused(Frames.of(""), "is not a sway-trace");
    assertRefused(Frames.of("[]"), "is not a sway-trace");
    assertRefused(Frames.of("{\"format\":\"sway-profile\",\"version\":1}"), "is not a sway-trace");
    assertRefused(Frames.of("{\"version\":1}"), "is not a sway-trace");
    byte[] bytes = TraceWriter.write(SMALL);
    assertRefused(Arrays.copyOf(bytes, bytes.length + 3), "has 3 bytes behind its zstd frame");
    byte[] unchecked = com.github.luben.zstd.Zstd.compress("{}".getBytes(UTF_8));
    assertRefused(unchecked, "has no checksum");
  }

  @Test
  void aFlippedBitIsDamageWhateverTheTextSays() {
    byte[] bytes = TraceWriter.write(SMALL);
    bytes[bytes.length - 1] ^= 1;

    assertRefused(bytes, "cannot be decompressed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"offset\":131072|\"offset\":-1|'offset' is -1",
        "\"offset\":131072|\"offset\":99999999999999999999|line 3",
        "\"offset\":131072|\"offset\":1.5|the integer 'offset'",
        "\"offset\":131072|\"offset\":null|the integer 'offset'",
        "\"offset\":131072|\"offset\":9007199254740992|'length' is impossible: 4096",
        "\"length\":4096|\"length\":2147483648|'length' is 2147483648",
        "\"inode\":7|\"inode\":-7|'inode' is -7",
        "\"inode\":7,|\"inode\":7,\"inode\":7,|the member 'path'",
        "\"inode\":7,||the member 'inode'",
        "\"inode\":7|\"Inode\":7|the member 'inode'",
        "\"waitMicros\":1200|\"waitMicros\":-1|'waitMicros' is -1",
        "\"micros\":-5|\"micros\":-9007199254740993|line 2",
        "\"operation\":\"read\"|\"operation\":\"write\"|'operation' is 'write'",
        "\"from\":\"source\"|\"from\":\"SOURCE\"|'from' is 'SOURCE'",
        "\"failed\":true|\"failed\":\"true\"|the truth value 'failed'",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"usr/bin/python3\"|no absolute path",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"/usr/../python3\"|no name in a path: '..'",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"/usr//python3\"|no name in a path: ''",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"/usr/%41\"|not as a path is written",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"/\\u0000\"|no name in a path",
        "\"path\":\"/usr/bin/python3\"|\"path\":\"/\\ud800\"|half of a surrogate pair",
        "\"run\":\"r-1\"|\"run\":\"\\udc00\"|half of a surrogate pair",
        "\"program\":\"python3\"|\"program\":\"0123456789abcdef\"|more than 15 characters",
        "\"exitCode\":0|\"exitCode\":-2|'exitCode' is impossible: -2",
        "\"exited\":600000|\"exited\":-1|'exited' is -1",
        "\"exited\":600000|\"ended\":600000|'ended' is no mark",
        "\"resolved\":1500|\"resolved\":1500,\"resolved\":1|comes twice",
        "\"started\":\"2026-11-22T10|\"started\":\"2026-11-22X10|'started' is no time",
        "\"manifest\":\"sha256:|\"manifest\":\"sha512:|'manifest' is no digest",
        "\"accesses\":3|\"accesses\":200001|'accesses' is 200001",
        "\"accesses\":3|\"end\":3|is it truncated?",
        "\"cold\":true|\"cold\":tru\u0007|line 1",
      })
  void whatNoTraceCanSayIsRefused(String from, String to, String why) {
    assertRefused(text -> text.replace(from, to == null ? "" : to), why);
  }

  @Test
  void decompressionIsBounded() {
    byte[] spaces = new byte[256 << 20];
    Arrays.fill(spaces, (byte) ' ');
    byte[] bomb = Frames.of(spaces);
    try (Bounded bounded = new Bounded(4 << 20)) {
      assertThatThrownBy(() -> bounded.run(() -> TraceReader.read(bomb, "t")))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("decompresses to more than " + TraceFormat.MAX_BYTES);
    }
  }

  @Test
  void textsAndCountsAreBounded() {
    assertRefused(
        text -> text.replace("/usr/bin/python3", "/a".repeat(TraceFormat.MAX_PATH)),
        "'path' has more than 65536 characters");
    assertRefused(
        text -> text.replace("/usr/bin/python3", "/a".repeat(1_000_000)), "String value length");
    assertRefused(
        text -> text.replace("\"args\":[", "\"args\":[" + "\"\",".repeat(TraceFormat.MAX_ARGS)),
        "'args' has more than 4096 texts");
    assertRefused(
        text -> text.replace("\"args\":[", "\"args\":[\"" + "a".repeat(70_000) + "\","),
        "'args' has more than 65536 characters");
    assertRefused(text -> text.replace("\"args\":[", "\"args\":[" + "[".repeat(50)), "line 1");
    String access = Frames.text(TraceWriter.write(SMALL)).lines().toList().get(2) + "\n";
    assertRefused(
        text -> text.replace(access, access.repeat(TraceFormat.MAX_ACCESSES)),
        "has more than 200000 accesses");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whatTheFormatHasNoRoomForIsCountedAsLost(int lostBefore) throws IOException {
    List<Access> accesses = new ArrayList<>();
    accesses.add(Traces.read(1, "/" + "n".repeat(256), 0, 1));
    accesses.add(Traces.read(1, "/n", -1, 1));
    accesses.addAll(
        Collections.nCopies(TraceFormat.MAX_ACCESSES + 7 - lostBefore, Traces.read(1, "/n", 0, 1)));

    Trace read = TraceReader.read(TraceWriter.write(new Trace(Traces.header(), accesses)), "t");

    assertThat(read.accesses()).hasSize(TraceFormat.MAX_ACCESSES);
    assertThat(read.header().lost()).isEqualTo(9 - lostBefore);
  }

  @Test
  void longPathsNeverMakeATraceThatIsNotRead() throws IOException {
    byte[] name = Randomized.bytes(new Random(1), 255);
    for (int i = 0; i < name.length; i++) {
      name[i] = name[i] == 0 || name[i] == '/' ? 1 : name[i];
    }
    String path = TracePath.of(Collections.nCopies(80, ByteName.of(name)));
    Trace trace =
        new Trace(Traces.header(), Collections.nCopies(3_000, Traces.read(1, path, 0, 1)));

    Trace read = TraceReader.read(TraceWriter.write(trace), "t");

    assertThat(read.accesses()).hasSizeBetween(500, 2_999);
    assertThat(read.header().lost()).isEqualTo(3_000 - read.accesses().size());
  }

  @Test
  void textsForPeopleAreCut() throws IOException {
    TraceHeader header = Traces.header();
    TraceHeader long_ =
        new TraceHeader(
            "r".repeat(5_000),
            "half \ud800 of a pair",
            header.manifest(),
            header.command(),
            Collections.nCopies(100, "word".repeat(1_000)),
            header.started(),
            header.cold(),
            header.exitCode(),
            0,
            0,
            0,
            0,
            header.prefetch(),
            header.marks());

    TraceHeader read =
        TraceReader.read(TraceWriter.write(new Trace(long_, List.of())), "t").header();

    assertThat(read.run()).isEqualTo("r".repeat(4096));
    assertThat(read.image()).isEqualTo("half ? of a pair");
    assertThat(read.args()).hasSize(17).startsWith("word".repeat(1_000));
  }

  @Test
  void damagedTracesAreReadRightOrRefused() {
    List<byte[]> corpus =
        List.of(
            TraceWriter.write(SMALL),
            TraceWriter.write(Traces.random(new Random(7), 9)),
            TraceWriter.write(new Trace(Traces.header(), List.of())));
    List<byte[]> texts = corpus.stream().map(frame -> Frames.text(frame).getBytes(UTF_8)).toList();
    int[] read = {0};
    try (Bounded bounded = new Bounded(16 << 20)) {
      Randomized.forSeeds(
          Mutator.RUNS,
          random -> {
            byte[] damaged =
                random.nextInt(4) == 0
                    ? new Mutator(random, corpus).next()
                    : Frames.of(new Mutator(random, texts).next());
            try {
              Trace trace = bounded.run(() -> TraceReader.read(damaged, "fuzz"));
              assertThat(TraceReader.read(TraceWriter.write(trace), "again")).isEqualTo(trace);
              read[0]++;
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).startsWith("trace fuzz: ").hasSizeLessThan(1_000);
              assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
            }
          });
    }
    assertThat(read[0]).as("traces that were read").isBetween(1, Mutator.RUNS - 1);
  }
}
