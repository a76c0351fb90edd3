package dev.sway.formats.profile;

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
import dev.sway.formats.trace.TracePath;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfileFileTest {
  private static final Profile SMALL =
      new Profile(
          Traces.MANIFEST,
          Traces.COMMAND,
          List.of("python3", "svd.py"),
          3,
          Instant.parse("2026-11-22T10:00:00.5Z"),
          false,
          List.of(
              new ProfiledPath("/", 1, List.of(), -7, 3, 0),
              new ProfiledPath(
                  "/usr/bin/python3",
                  17,
                  List.of(new ProfileRange(0, 8192), new ProfileRange(131_072, 999)),
                  70_123,
                  3,
                  0),
              new ProfiledPath(
                  TracePath.of(List.of(ByteName.of(new byte[] {'n', -1}))),
                  0,
                  List.of(),
                  70_123,
                  1,
                  2)));

  private static void assertRefused(byte[] bytes, String... why) {
    assertThatThrownBy(() -> ProfileReader.read(bytes, "p"))
        .isInstanceOf(CorruptException.class)
        .hasMessageStartingWith("profile p: ")
        .hasMessageContainingAll(why);
  }

  private static void assertRefused(UnaryOperator<String> change, String... why) {
    assertRefused(Frames.changed(ProfileWriter.write(SMALL), change), why);
  }

  @Test
  void everyProfileIsReadBack() {
    Randomized.forSeeds(
        200,
        random -> {
          Profile profile = Traces.randomProfile(random, 40);
          assertThat(ProfileReader.read(ProfileWriter.write(profile), "p")).isEqualTo(profile);
        });
  }

  /// `golden/1-profile.json` is what version 1 wrote once. It must be read for ever.
  @Test
  void profilesOfVersionOneAreReadAndWritten() throws IOException {
    String golden;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/golden/1-profile.json"))) {
      golden = new String(in.readAllBytes(), UTF_8);
    }
    assertThat(Frames.text(ProfileWriter.write(SMALL))).isEqualTo(golden);
    assertThat(ProfileReader.read(Frames.of(golden), "p")).isEqualTo(SMALL);
  }

  @Test
  void aProfileThatIsCutAnywhereIsRefused() {
    byte[] bytes = ProfileWriter.write(SMALL);
    for (int length = 0; length < bytes.length; length++) {
      assertRefused(Arrays.copyOf(bytes, length), length == 0 ? "is empty" : "is it truncated?");
    }
    String text = Frames.text(bytes).strip();
    for (int length = 0; length < text.length(); length++) {
      assertRefused(Frames.of(text.substring(0, length)), "profile p");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "\"version\":1, \"version\":2, too new",
    "\"version\":1, \"version\":0, too old",
  })
  void anotherVersionIsNoDamage(String from, String to, String why) {
    byte[] bytes =
        Frames.changed(
            ProfileWriter.write(SMALL),
            text -> text.replace(from, to).replace("\"runs\"", "\"anything\""));

    assertThatThrownBy(() -> ProfileReader.read(bytes, "p"))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageStartingWith("profile p: format version")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sway-profile|sway-trace|is not a sway-profile",
        "\"offset\":131072|\"offset\":8192|range 1 of /usr/bin/python3 is impossible",
        "\"offset\":131072|\"offset\":4096|range 1 of /usr/bin/python3 is impossible",
        "\"offset\":131072|\"offset\":131073|range 1 of /usr/bin/python3 is impossible",
        "\"offset\":131072|\"offset\":-4096|'offset' is -4096",
        "\"offset\":131072|\"offset\":9223372036854775807|'offset' is 9223372036854775807",
        "\"length\":8192|\"length\":8191|range 0 of /usr/bin/python3 is impossible",
        "\"length\":999|\"length\":0|'length' is 0",
        "\"length\":999|\"length\":1073741824|range 1 of /usr/bin/python3 is impossible",
        "\"length\":999|\"length\":1073741825|'length' is 1073741825",
        "\"inode\":17|\"inode\":-17|'inode' is -17",
        "\"path\":\"/\"|\"path\":\"/usr/bin/python3\"|comes twice: /usr/bin/python3",
        "\"path\":\"/\"|\"path\":\"\"|no absolute path",
        "\"path\":\"/\"|\"path\":\"/a/./b\"|no name in a path",
        "\"firstMicros\":-7|\"firstMicros\":70124|not in the order of first use",
        "\"firstMicros\":-7|\"firstMicros\":1e3|the integer 'firstMicros'",
        "\"missing\":2|\"missing\":1000000001|'missing' is 1000000001",
        "\"missing\":2|\"missing\":2,\"x\":1|no more members",
        "\"missing\":2}]|\"missing\":2}],\"x\":1|no more members",
        "\"paths\":[|\"paths\":[7,|an object",
        "\"pinned\":false|\"pinned\":0|the truth value 'pinned'",
        "\"pinned\":false,||the truth value 'pinned'",
        "\"runs\":3,\"updated\"|\"runs\":-3,\"updated\"|'runs' is -3",
        "0.500Z\"|0.500\"|'updated' is no time",
      })
  void whatNoProfileCanSayIsRefused(String from, String to, String why) {
    // A member that is not there is noticed where it should be.
    String reason = to == null ? "the member 'pinned'" : why;
    assertRefused(text -> text.replace(from, to == null ? "" : to), reason);
  }

  @Test
  void decompressionIsBounded() {
    byte[] spaces = new byte[128 << 20];
    Arrays.fill(spaces, (byte) ' ');
    byte[] bomb = Frames.of(spaces);
    assertThat(bomb.length).isLessThan(1 << 20);
    try (Bounded bounded = new Bounded(4 << 20)) {
      assertThatThrownBy(() -> bounded.run(() -> ProfileReader.read(bomb, "p")))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("decompresses to more than " + ProfileFormat.MAX_CONTENT);
    }
    assertRefused(new byte[ProfileFormat.MAX_BYTES + 1], "has more than 16777216 bytes");
  }

  @Test
  void pathsAndRangesAreBounded() {
    String path =
        "{\"path\":\"/%s\",\"inode\":0,\"ranges\":[],\"firstMicros\":-9,\"runs\":1,\"missing\":0},";
    assertRefused(
        text ->
            text.replace(
                "\"paths\":[",
                "\"paths\":["
                    + String.join(
                        "",
                        IntStream.range(0, ProfileFormat.MAX_PATHS)
                            .mapToObj(path::formatted)
                            .toList())),
        "has more than 20000 paths");
    assertRefused(
        text ->
            text.replace(
                "\"ranges\":[{",
                "\"ranges\":["
                    + "{\"offset\":0,\"length\":1},".repeat(ProfileFormat.MAX_RANGES)
                    + "{"),
        "has more than 262144 ranges");
    assertRefused(
        text -> text.replace("\"path\":\"/\"", "\"path\":\"" + "/a".repeat(40_000) + "\""),
        "'path' has more than 65536 characters");
  }

  @Test
  void theLargestProfileIsWrittenAndRead() throws IOException {
    // Characters that take the most bytes, and ranges that take the most places.
    String name = "\u0001".repeat(ProfileFormat.MAX_PATHS_LENGTH / ProfileFormat.MAX_PATHS - 6);
    int ranges = ProfileFormat.MAX_RANGES / ProfileFormat.MAX_PATHS;
    List<ProfiledPath> paths =
        IntStream.range(0, ProfileFormat.MAX_PATHS)
            .mapToObj(i ->
                new ProfiledPath(
                    "/%05d%s".formatted(i, name),
                    (1L << 53) - i,
                    IntStream.range(0, ranges)
                        .mapToObj(r -> new ProfileRange((1L << 52) + r * 8192L, 4096))
                        .toList(),
                    i,
                    ProfileFormat.MAX_RUNS,
                    ProfileFormat.MAX_RUNS))
            .toList();
    Profile largest =
        new Profile(SMALL.manifest(), SMALL.command(), List.of(), 1, SMALL.updated(), true, paths);

    byte[] bytes = ProfileWriter.write(largest);

    assertThat(bytes.length).isLessThan(ProfileFormat.MAX_BYTES);
    assertThat(ProfileReader.read(bytes, "p")).isEqualTo(largest);
  }

  @Test
  void aWriterRefusesWhatNoReaderTakes() {
    Profile twice =
        new Profile(
            SMALL.manifest(),
            SMALL.command(),
            List.of(),
            1,
            SMALL.updated(),
            true,
            List.of(SMALL.paths().getFirst(), SMALL.paths().getFirst()));

    assertThatThrownBy(() -> ProfileWriter.write(twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("comes twice");
  }

  @Test
  void damagedProfilesAreReadRightOrRefused() {
    List<byte[]> corpus =
        List.of(
            ProfileWriter.write(SMALL),
            ProfileWriter.write(Traces.randomProfile(new Random(8), 9)));
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
              Profile profile = bounded.run(() -> ProfileReader.read(damaged, "fuzz"));
              assertThat(ProfileReader.read(ProfileWriter.write(profile), "again"))
                  .isEqualTo(profile);
              read[0]++;
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).startsWith("profile fuzz: ").hasSizeLessThan(1_000);
              assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
            }
          });
    }
    assertThat(read[0]).as("profiles that were read").isBetween(1, Mutator.RUNS - 1);
  }
}
