package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `swayctl explain` and `swayctl trace show`, as a user sees them.
final class ExplainTest {
  private static final Path PAGE = Path.of("../docs/explain.md");

  @TempDir Path root;
  private User user;

  @BeforeEach
  void start() throws IOException {
    user = new User(root);
    user.write("svd.trace", frame(example()));
  }

  private static byte[] example() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            ExplainTest.class.getResourceAsStream("/traces/cold-without-profile.jsonl"))) {
      return in.readAllBytes();
    }
  }

  private static byte[] frame(byte[] content) {
    try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      return zstd.setChecksum(true).compress(content);
    }
  }

  private Outcome done(String... arguments) throws IOException {
    Outcome outcome = user.call(Swayctl::run, arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome;
  }

  private void assertRefused(int code, String message, String... arguments) throws IOException {
    Outcome outcome = user.call(Swayctl::run, arguments);
    assertThat(outcome.code()).isEqualTo(code);
    assertThat(outcome.failures()).singleElement().asString().contains(message);
    assertThat(outcome.err()).doesNotContain("\tat ");
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void thePageShowsWhatIsPrinted() throws IOException {
    String printed = done("explain", "svd.trace").out();

    assertThat(Files.readString(PAGE)).contains(printed);
  }

  @Test
  void aStreamIsTheSameAsAFile() throws IOException {
    user.input = frame(example());

    assertThat(done("explain", "-").out()).isEqualTo(done("explain", "svd.trace").out());
  }

  @Test
  void jsonHasEverything() throws IOException {
    JsonNode report = new ObjectMapper().readTree(done("explain", "svd.trace", "--json").out());

    assertThat(report.path("waitedMicros").asLong() + report.path("bestMicros").asLong())
        .isEqualTo(report.path("endMicros").asLong());
    assertThat(report.path("phases").path(0).path("name").asText()).isEqualTo("resolve");
    assertThat(report.path("onDemand")).hasSize(4);
    assertThat(report.path("longest")).hasSize(10);
    assertThat(report.path("missed").isNull()).isTrue();
    assertThat(report.path("advice").path(0).asText()).startsWith("There was no profile");
  }

  @Test
  void aPictureReplacesTheOneBefore() throws IOException {
    user.write("svd.svg", new byte[] {1});

    done("explain", "svd.trace", "--svg", "svd.svg");

    assertThat(Files.readString(user.folder.resolve("svd.svg")))
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"")
        .doesNotContain("href", "url(", "<script");
    try (Stream<Path> files = Files.list(user.folder)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrder("svd.trace", "svd.svg");
    }
  }

  @Test
  void aPictureThatCannotBeWrittenIsSaidSo() throws IOException {
    assertRefused(20, "none/svd.svg", "explain", "svd.trace", "--svg", "none/svd.svg");
    assertRefused(2, "is a folder; give a file", "explain", "svd.trace", "--svg", ".");
  }

  @Test
  void theTableHasALineForEachAccess() throws IOException {
    String out = done("trace", "show", "svd.trace").out();

    assertThat(out.lines().count()).isEqualTo(new String(example(), UTF_8).lines().count() - 1);
    assertThat(out.lines().toList().get(3))
        .matches(" +135.200 +42.310 read +source +2211 runc +/usr/local/bin/python3.13 0\\+131072");
    JsonNode json = new ObjectMapper().readTree(done("trace", "show", "svd.trace", "--json").out());
    assertThat(json.path("accesses")).hasSize((int) out.lines().count() - 1);
    assertThat(json.path("accesses").path(2).path("from").asText()).isEqualTo("source");
    assertThat(json.path("run").path("marks").path("resolved").asLong()).isEqualTo(24_310);
  }

  @Test
  void whatIsNoTraceIsRefused() throws IOException {
    user.write("empty", new byte[0]);
    user.write("text", "hello".getBytes(UTF_8));
    user.write("cut", frame(example()));
    byte[] cut = Files.readAllBytes(user.folder.resolve("cut"));
    user.write("cut", java.util.Arrays.copyOf(cut, cut.length / 2));
    String text = new String(example(), UTF_8);
    user.write("new", frame(text.replaceFirst("\"version\":1", "\"version\":3").getBytes(UTF_8)));
    for (String[] command :
        new String[][] {{"explain"}, {"trace", "show"}, {"explain", "--json"}}) {
      assertRefused(18, "is empty", with(command, "empty"));
      assertRefused(18, "is no zstd frame", with(command, "text"));
      assertRefused(18, "is it truncated?", with(command, "cut"));
      assertRefused(18, "is empty", with(command, "-"));
      assertRefused(26, "too new", with(command, "new"));
      assertRefused(24, "there is no such file", with(command, "missing"));
      assertRefused(2, "is a folder", with(command, "."));
    }
  }

  private static String[] with(String[] command, String file) {
    return Stream.concat(Stream.of(command), Stream.of(file)).toArray(String[]::new);
  }
}
