package dev.sway.lazyfsd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.fixture.Randomized;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// It says of documents what Jackson's mapper says, which converts a little more.
class RunEventParserTest {
  private static final List<String> PARTS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          ",",
          "\"",
          "\\",
          "null",
          "true",
          "1",
          "-1",
          "0.5",
          "1e400",
          "2147483648",
          "9223372036854775808",
          "\"seq\"",
          "\"event\"",
          "\"id\"",
          "\"data\"",
          "\"result\"",
          "\"seconds\"",
          "\"total\"",
          "\"alive\"",
          "\"QUI=\"",
          "\"QUI\"",
          "\"stream\":1,",
          "\"event\":\"started\",",
          "\"later\":[1,{\"id\":null}],",
          "\"later\":{\"data\":\"?\"},",
          " ",
          "\u0000",
          "\u00e4");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static RunEvent random(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> new RunEvent.Started(random.nextLong(), "a\"b\\c\u00e4" + random.nextInt());
      case 1 ->
          new RunEvent.Output(
              random.nextLong(), random.nextInt(), Randomized.bytes(random, random.nextInt(50)));
      case 2 -> new RunEvent.Alive();
      case 3 ->
          new RunEvent.Exited(
              random.nextLong(),
              new RunResult(
                  "id" + random.nextInt(),
                  random.nextInt(),
                  new RunResult.Seconds(
                      random.nextDouble(), random.nextInt(), random.nextGaussian() * 1e30),
                  random.nextLong(),
                  random.nextLong(),
                  random.nextLong(),
                  random.nextBoolean()));
      default -> new RunEvent.Failed(random.nextLong(), "kind", "line\nline\u2028");
    };
  }

  private static String damaged(String text, Random random) {
    StringBuilder damaged = new StringBuilder(text);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int from = random.nextInt(damaged.length() + 1);
      int to = Math.min(damaged.length(), from + random.nextInt(4));
      String part = PARTS.get(random.nextInt(PARTS.size()));
      switch (random.nextInt(3)) {
        case 0 -> damaged.insert(from, part);
        case 1 -> damaged.delete(from, to);
        default -> damaged.replace(from, to, part);
      }
    }
    return damaged.toString();
  }

  private static Optional<RunEvent> byMapper(byte[] line) {
    try {
      return Optional.of(WireJson.read(line, RunEvent.class, "an event"));
    } catch (SwayException e) {
      return Optional.empty();
    }
  }

  private static Optional<RunEvent> byHand(byte[] line) {
    try {
      return Optional.of(RunEventParser.parse(line));
    } catch (SwayException e) {
      assertThat(e.getMessage()).startsWith("an event ").doesNotContain("\n");
      return Optional.empty();
    }
  }

  @Test
  void everyEventIsReadAsItWasWritten() {
    Randomized.forSeeds(
        500,
        random -> {
          RunEvent event = random(random);
          assertThat(RunEventParser.parse(WireJson.write(event)))
              .usingRecursiveComparison()
              .isEqualTo(event);
        });
  }

  /// No seed makes what the mapper would convert (see below).
  @Test
  void aDamagedEventIsTakenAndRefusedAsByTheMapper() {
    int[] taken = {0};
    int[] refused = {0};
    Randomized.forSeeds(
        20_000,
        random -> {
          String text =
              damaged(new String(WireJson.write(random(random)), StandardCharsets.UTF_8), random);
          Optional<RunEvent> expected = byMapper(bytes(text));
          assertThat(byHand(bytes(text)))
              .as("%s", text)
              .usingRecursiveComparison()
              .isEqualTo(expected);
          (expected.isPresent() ? taken : refused)[0]++;
        });
    assertThat(taken[0]).isGreaterThan(500);
    assertThat(refused[0]).isGreaterThan(5_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "1",
        "{}",
        "{\"event\":\"alive\"} {}",
        "{\"event\":\"alive\"",
        "{\"event\":\"alive\",\"event\":\"alive\"}",
        "{\"event\":\"other\"}",
        "{\"event\":null}",
        "{\"event\":\"started\",\"seq\":1}",
        "{\"event\":\"started\",\"seq\":\"1\",\"id\":\"a\"}",
        "{\"event\":\"started\",\"seq\":1.0,\"id\":\"a\"}",
        "{\"event\":\"started\",\"seq\":1,\"id\":null}",
        "{\"event\":\"started\",\"seq\":9223372036854775808,\"id\":\"a\"}",
        "{\"event\":\"output\",\"seq\":1,\"stream\":2147483648,\"data\":\"\"}",
        "{\"event\":\"output\",\"seq\":1,\"stream\":1,\"data\":\"?\"}",
        "{\"event\":\"exited\",\"seq\":1,\"result\":[]}",
        "{\"event\":\"exited\",\"seq\":1,\"result\":{}}"
      })
  void whatIsNoEventIsRefused(String text) {
    assertThat(byMapper(bytes(text))).isEmpty();
    assertRefused(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":\"alive\",\"seq\":1}",
        "{\"later\":null,\"event\":\"alive\"}",
        "{\"event\":\"alive\",\"later\":[1,{\"id\":null}],\"data\":\"?\"}",
        "{\"event\":\"alive\",\"later\":9223372036854775808}",
        "{\"event\":\"alive\",\"later\":{\"data\":[]}}"
      })
  void membersOfALaterWorkerAreLeftOut(String text) {
    assertThat(byMapper(bytes(text))).contains(new RunEvent.Alive());
    assertThat(byHand(bytes(text))).contains(new RunEvent.Alive());
  }

  @Test
  void resultOfALaterWorkerIsReadWithoutWhatIsNew() throws SwayException {
    RunResult result = new RunResult("a", 7, new RunResult.Seconds(1, 2, 3), 4, 5, 6, true);
    String text =
        new String(WireJson.write(new RunEvent.Exited(9, result)), StandardCharsets.UTF_8)
            .replace("{", "{\"later\":[{}],");
    assertThat(RunEventParser.parse(bytes(text))).isEqualTo(new RunEvent.Exited(9, result));
    assertThat(byMapper(bytes(text))).contains(new RunEvent.Exited(9, result));
  }

  /// The mapper makes text of a number, and bytes of a list of them.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":\"started\",\"seq\":1,\"id\":7}",
        "{\"event\":\"output\",\"seq\":1,\"stream\":1,\"data\":[1]}"
      })
  void whatWouldHaveToBeConvertedIsRefused(String text) {
    assertRefused(text);
  }

  private static void assertRefused(String text) {
    assertThatThrownBy(() -> RunEventParser.parse(bytes(text)))
        .isInstanceOf(SwayException.class)
        .hasMessageStartingWith("an event ");
  }
}
