package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.formats.trace.TraceWriter;
import dev.sway.swayctl.fixture.Tars;
import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProfileTest {
  @TempDir Path root;
  private User user;
  private TestBlobd blobd;
  private Digest image;

  @BeforeEach
  void start() throws IOException {
    user = new User(root);
    blobd = TestBlobd.open(root);
    user.server(blobd.uri());
    export("app", "one");
    image = manifest("app");
  }

  @AfterEach
  void stop() throws IOException {
    blobd.close();
    assertThat(user.leftovers()).isEmpty();
  }

  private void export(String name, String content) throws IOException {
    user.write("rootfs.tar", Tars.of(Map.of("app", content.getBytes(UTF_8))));
    Outcome outcome = user.call(Swayctl::run, "export", "--from", "tar:rootfs.tar", "--name", name);
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private BlobClient client() throws IOException {
    return new BlobClient(blobd.uri(), Optional.empty());
  }

  private Digest manifest(String name) throws IOException {
    try (BlobClient client = client()) {
      return client.resolve(ImageName.parse(name)).manifest();
    }
  }

  private static Profile profile(Digest image, List<String> args, boolean pinned) {
    return new Profile(
        image,
        CommandKey.ofCommand(args),
        args,
        12,
        Instant.now().minus(Duration.ofMinutes(185)),
        pinned,
        List.of(
            new ProfiledPath("/app", 7, List.of(new ProfileRange(0, 3)), 100, 12, 0),
            new ProfiledPath("/no\nsuch", 0, List.of(), 2500, 11, 1),
            new ProfiledPath(
                "/lib/big",
                8,
                List.of(new ProfileRange(0, 8192), new ProfileRange(1 << 20, 4096)),
                3000,
                12,
                0)));
  }

  private Profile stored(String... args) throws IOException {
    Profile profile = profile(image, List.of(args), false);
    try (BlobClient client = client()) {
      client.profiles().put(profile);
    }
    return profile;
  }

  private Outcome profile(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("profile"));
    all.addAll(List.of(arguments));
    return user.call(Swayctl::run, all.toArray(String[]::new));
  }

  private String printed(String... arguments) throws IOException {
    Outcome outcome = profile(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.out();
  }

  private JsonNode json(String... arguments) throws IOException {
    return new ObjectMapper().readTree(printed(arguments));
  }

  private static void assertFails(Outcome outcome, int code, String message) {
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(code);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).singleElement().asString().contains(message);
  }

  @Test
  void lsPrintsARowForEachProfile() throws IOException {
    Profile one = stored("python3", "svd.py", "a b", "it's\033[31m");
    printed("pin", "app", one.command().hex());
    assertThat(printed("ls", "app").lines())
        .containsExactly(
            "KEY            RUNS   FILES      BYTES   HOT PACK      AGE  PINNED  COMMAND",
            one.command().hex().substring(0, 12)
                + "     12       2    12.3 kB       none      3 h  pinned  python3 svd.py 'a b' 'it'\\''s\\x1b[31m'");
    JsonNode list = json("ls", "app", "--json");
    assertThat(list.get("image").asText()).isEqualTo("app");
    assertThat(list.get("manifest").asText()).isEqualTo(image.toString());
    JsonNode row = list.at("/profiles/0");
    assertThat(row.get("key").asText()).isEqualTo(one.command().hex());
    assertThat(row.get("args").get(3).asText()).isEqualTo("it's\033[31m");
    assertThat(row.get("runs").asInt()).isEqualTo(12);
    assertThat(row.get("files").asInt()).isEqualTo(2);
    assertThat(row.get("paths").asInt()).isEqualTo(3);
    assertThat(row.get("bytes").asInt()).isEqualTo(12291);
    assertThat(row.get("pinned").asBoolean()).isTrue();
    assertThat(row.get("updated").asText()).isEqualTo(one.updated().toString());
    assertThat(row.get("hotBytes").asInt(7)).isZero();
    assertThat(row.get("problem").asText()).isEmpty();
  }

  @Test
  void lsTellsHowLargeHotPacksAre() throws IOException {
    Profile profile = stored("app");
    byte[] pack = new byte[23_456];
    HotMap map = new HotMap(image, new PackReference(Digest.of(pack), pack.length), List.of());
    try (BlobClient client = client()) {
      client.profiles().putHot(map, profile.command(), Files.write(root.resolve("hot.pack"), pack));
    }
    assertThat(printed("ls", "app").lines().skip(1))
        .singleElement()
        .asString()
        .contains("    12.3 kB    23.5 kB      3 h ");
    assertThat(json("ls", "app", "--json").at("/profiles/0/hotBytes").asInt()).isEqualTo(23_456);
  }

  @Test
  void lsGoesOnBehindADamagedProfile() throws IOException {
    Profile bad = stored("bad");
    Profile good = stored("good");
    Files.writeString(
        root.resolve("store/profiles").resolve(image.hex()).resolve(bad.command().hex()), "?");
    List<String> rows = printed("ls", "app").lines().toList();
    assertThat(rows).hasSize(3);
    assertThat(rows)
        .filteredOn(row -> row.startsWith(bad.command().hex().substring(0, 12)))
        .singleElement()
        .asString()
        .contains("cannot be read");
    assertThat(rows)
        .filteredOn(row -> row.startsWith(good.command().hex().substring(0, 12)))
        .singleElement()
        .asString()
        .endsWith("good");
    assertThat(json("ls", "app", "--json").get("profiles")).hasSize(2);
    assertFails(profile("show", "app", bad.command().hex()), 18, "is no zstd frame");
    printed("rm", "app", bad.command().hex());
    assertThat(printed("ls", "app").lines()).hasSize(2);
  }

  @Test
  void anImageWithoutProfilesHasAnEmptyList() throws IOException {
    Outcome none = profile("ls", "app");
    assertThat(none.code()).isZero();
    assertThat(none.out()).isEmpty();
    assertThat(none.err()).isEqualTo("no profiles of app yet\n");
    assertThat(json("ls", image.toString(), "--json").get("profiles")).isEmpty();
  }

  @Test
  void showPrintsPathsWithTheirRanges() throws IOException {
    Profile profile = stored("app");
    List<String> lines =
        printed("show", "app", profile.command().hex().substring(0, 6)).lines().toList();
    assertThat(lines.subList(0, 3))
        .containsExactly("key       " + profile.command(), "manifest  " + image, "command   app");
    assertThat(lines).contains("pinned    no");
    assertThat(lines.subList(lines.size() - 3, lines.size()))
        .containsExactly(
            "    0.1 ms     12  /app 0+3",
            "    2.5 ms     11  /no\\x0asuch",
            "    3.0 ms     12  /lib/big 0+8192 1048576+4096");
    JsonNode shown = json("show", "app", profile.command().hex(), "--json");
    assertThat(shown.get("paths")).hasSize(3);
    assertThat(shown.at("/paths/1/path").asText()).isEqualTo("/no\nsuch");
    assertThat(shown.at("/paths/2/ranges/1/offset").asLong()).isEqualTo(1 << 20);
    assertThat(shown.get("key").asText()).isEqualTo(profile.command().hex());
    assertThat(shown.get("bytes").asLong()).isEqualTo(12291);
  }

  @Test
  void whatIsPulledCanBePushed() throws IOException {
    Profile profile = stored("app");
    String key = profile.command().hex();
    byte[] bytes = ProfileWriter.write(profile);
    Outcome pulled = profile("pull", "app", key.substring(0, 8), "-o", "app.profile");
    assertThat(pulled.code()).as(pulled.err()).isZero();
    assertThat(pulled.err()).contains("wrote", "app.profile", "12 runs, 2 files, 12.3 kB");
    assertThat(user.folder.resolve("app.profile")).hasBinaryContent(bytes);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(user.call(out, Swayctl::run, "profile", "pull", "app", key).code()).isZero();
    assertThat(out.toByteArray()).isEqualTo(bytes);

    assertThat(printed("rm", "app", key)).isEqualTo("removed the profile " + key + " of app\n");
    assertThat(printed("push", "app", "app.profile"))
        .isEqualTo("stored the profile " + key + " of app: app; 12 runs, 2 files, 12.3 kB\n");
    user.input = bytes;
    printed("push", image.toString(), "-");
    try (BlobClient client = client()) {
      assertThat(client.profiles().find(image, profile.command()).orElseThrow().profile())
          .isEqualTo(profile);
    }
    assertFails(profile("pull", "app", key, "-o", "no/such"), 20, "no such file");
    assertFails(profile("pull", "app", key, "-o", "."), 2, "is a folder");
    try (var files = Files.list(user.folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("rootfs.tar", "app.profile");
    }
  }

  /// The trace of a run of `app` that has read a page of this file.
  private String traced(String run, Digest manifest, String path) throws IOException {
    Trace trace =
        new Trace(
            new TraceHeader(
                run,
                "app:latest",
                manifest,
                CommandKey.ofCommand(List.of("app")),
                List.of("app"),
                Instant.EPOCH.plusSeconds(run.hashCode()),
                true,
                0,
                0,
                3_000,
                4,
                9_000,
                PrefetchSummary.none("off"),
                Map.of(Mark.EXITED, 5_000L)),
            List.of(
                new Access(
                    10, Operation.READ, 5, path, 0, 4096, 7, "app", 3, ServedFrom.DISK, false)));
    user.write(run + ".trace", TraceWriter.write(trace));
    return run + ".trace";
  }

  @Test
  void profilesAreBuiltFromTraces() throws IOException {
    String key = CommandKey.ofCommand(List.of("app")).hex();
    String one = traced("000000000001", image, "/one");
    String two = traced("000000000002", image, "/two");
    assertThat(printed("build", "app", two, one))
        .isEqualTo("stored the profile " + key + " of app: app; 2 runs, 2 files, 8.2 kB\n");
    assertThat(json("show", "app", key, "--json").get("paths")).hasSize(2);
    assertThat(printed("build", "app", two))
        .as("the last run is not learnt twice")
        .contains("left as it was: the profile")
        .contains("2 runs");
    assertThat(printed("build", "app", "--anew", one)).contains("1 runs, 1 files");
    assertThat(json("show", "app", key, "--json").at("/paths/0/path").asText()).isEqualTo("/one");
    printed("pin", "app", key);
    assertThat(printed("build", "app", "--anew", two)).contains("pinned, and left as it was");
    assertThat(json("show", "app", key, "--json").at("/paths/0/path").asText()).isEqualTo("/one");

    String other = traced("000000000003", Digest.of(new byte[0]), "/one");
    assertFails(profile("build", "app", one, other), 2, "is of the image app:latest (sha256:e3b0");
    assertFails(profile("build", "app", "no.trace"), 24, "no such file");
    user.write("bad.trace", new byte[] {1, 2, 3});
    assertFails(profile("build", "app", "bad.trace"), 18, "bad.trace");
  }

  @Test
  void pinAndUnpinChangeNothingElse() throws IOException {
    Profile one = stored("one");
    Profile two = stored("two");
    assertThat(printed("pin", "app", one.command().hex(), two.command().hex()))
        .isEqualTo(
            "pinned the profile %s of app\npinned the profile %s of app\n"
                .formatted(one.command(), two.command()));
    printed("pin", "app", one.command().hex());
    try (BlobClient client = client()) {
      Profile pinned = client.profiles().find(image, one.command()).orElseThrow().profile();
      assertThat(pinned.pinned()).isTrue();
      assertThat(pinned.paths()).isEqualTo(one.paths());
      printed("unpin", "app", one.command().hex());
      assertThat(client.profiles().find(image, one.command()).orElseThrow().profile())
          .isEqualTo(one);
    }
  }

  @Test
  void whatNamesNoProfileIsOneLine() throws IOException {
    Profile profile = stored("app");
    String key = profile.command().hex();
    String other = (key.charAt(0) == '0' ? "1" : "0") + key.substring(1);
    for (String command : new String[] {"show", "pull", "rm", "pin", "unpin"}) {
      assertFails(profile(command, "app", key.substring(0, 5)), 2, "6 or more digits");
      assertFails(profile(command, "app", key.toUpperCase(Locale.ROOT)), 2, "KEY");
      assertFails(profile(command, "app", "../../etc/passwd"), 2, "KEY");
      assertFails(profile(command, "app", other), 24, "there is no profile '" + other);
      assertFails(profile(command, "app", other.substring(0, 10)), 24, "profile ls app");
      assertFails(profile(command, "nope", key), 10, "no image 'nope:latest'");
      assertFails(profile(command, "sha256:" + "0".repeat(64), key), 10, "sha256:0000");
      assertFails(profile(command, "No Image", key), 2, "not an image name");
      assertThat(profile(command, "app").code()).isEqualTo(2);
    }
    assertFails(profile("ls", "nope"), 10, "no image 'nope:latest'");
    // None is removed where one of several is none.
    assertFails(profile("rm", "app", key, "zzzzzz"), 2, "KEY");
    assertThat(json("ls", "app", "--json").get("profiles")).hasSize(1);
  }

  @Test
  void anAmbiguousPrefixAsksForMore() throws IOException {
    // The store of a test can have keys that no commands have.
    Profile one = stored("one");
    String key = one.command().hex();
    Path file = root.resolve("store/profiles").resolve(image.hex()).resolve(key);
    Files.copy(file, file.resolveSibling(key.substring(0, 10) + "0".repeat(54)));
    assertFails(
        profile("rm", "app", key.substring(0, 8)), 2, "begins the keys of 2 profiles of app");
    assertThat(printed("show", "app", key.substring(0, 20))).contains(key);
  }

  @Test
  void onlyAProfileOfTheImageIsPushed() throws IOException {
    user.write("junk", new byte[] {1, 2, 3});
    assertFails(profile("push", "app", "junk"), 18, "profile junk");
    user.write("empty", new byte[0]);
    assertFails(profile("push", "app", "empty"), 18, "profile empty");
    user.write("huge", new byte[BlobdApi.MAX_PROFILE_BYTES + 1]);
    assertFails(profile("push", "app", "huge"), 18, "more than the 4194304 bytes");
    assertFails(profile("push", "app", "nothing"), 20, "no such file");
    export("other", "two");
    user.write("app.profile", ProfileWriter.write(profile(image, List.of("app"), false)));
    assertFails(profile("push", "other", "app.profile"), 2, "not of other, " + manifest("other"));
    assertFails(profile("push", "nope", "app.profile"), 10, "no image 'nope:latest'");
  }

  @Test
  void aServerThatIsDownOrWantsATokenIsOneLine() throws IOException {
    Profile profile = stored("app");
    String key = profile.command().hex();
    user.write("app.profile", ProfileWriter.write(profile));
    blobd.close();
    blobd = TestBlobd.guarded(root);
    user.server(blobd.uri());
    for (String[] change :
        new String[][] {{"push", "app", "app.profile"}, {"rm", "app", key}, {"pin", "app", key}}) {
      assertFails(profile(change), 17, "needs a token; give one in SWAY_TOKEN or a token file");
    }
    assertThat(printed("ls", "app")).contains(key.substring(0, 12));
    user.environment.put("SWAY_TOKEN", TestBlobd.TOKEN);
    printed("pin", "app", key);
    user.server(URI.create("http://127.0.0.1:1"));
    assertFails(profile("ls", "app"), 15, "cannot be reached");
  }

  @Test
  void whoStopsReadingTheOutputIsToldNothing() throws IOException {
    Profile profile = stored("app");
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    String key = profile.command().hex();
    for (String[] words :
        new String[][] {{"profile", "show", "app", key}, {"profile", "pull", "app", key}}) {
      Outcome outcome = user.call(closed, Swayctl::run, words);
      assertThat(outcome.code()).isEqualTo(141);
      assertThat(outcome.err()).isEmpty();
    }
  }

  @Test
  void everyCommandHasHelpWithExamples() throws IOException {
    assertThat(profile("--help").out()).contains("show", "pull", "Examples:");
    for (String command : new String[] {"ls", "show", "push", "pull", "rm", "pin", "unpin"}) {
      Outcome outcome = profile(command, "--help");
      assertThat(outcome.code()).isZero();
      assertThat(outcome.out())
          .contains("Usage: swayctl profile " + command, "Examples:", "--server");
    }
  }

  @Test
  void profilesOutliveTheImagesName() throws IOException {
    Profile profile = stored("app");
    assertThat(user.call(Swayctl::run, "image", "rm", "app").code()).isZero();
    assertThat(user.call(Swayctl::run, "images").code()).isZero();
    assertThat(printed("ls", image.toString())).contains(profile.command().hex().substring(0, 12));
    Outcome verified =
        user.call(
            Swayctl::run, "image", "verify", "--all", "--store", root.resolve("store").toString());
    assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
  }
}
