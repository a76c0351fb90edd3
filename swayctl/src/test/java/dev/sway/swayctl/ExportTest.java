package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.ImageName;
import dev.sway.swayctl.export.ExportResult;
import dev.sway.swayctl.fixture.Tars;
import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportTest {
  private static final byte[] HELLO = "hello\n".getBytes(UTF_8);
  private static final byte[] ROOT = Tars.of(Map.of("hello", HELLO, "etc/big", random(200_000)));

  /// A buildah that records its calls and "builds" the archive `built.tar` beside it.
  private static final String BUILDAH =
      """
      echo "$@" >> "$HOME/calls"
      case $1 in
        build) echo "STEP 1: FROM scratch" ;;
        push) /bin/cp "$HOME/built.tar" "${3#docker-archive:}" ;;
      esac
      """;

  @TempDir Path root;
  private User user;

  @BeforeEach
  void user() throws IOException {
    user = new User(root);
  }

  @Test
  void tarBecomesAnImageWithTheFilesName() throws IOException {
    user.write("My App.tar.gz", ROOT);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd, "--from", "tar:My App.tar.gz", "--json");
      assertThat(outcome.code()).as(outcome.err()).isZero();
      ExportResult result = result(outcome);
      assertThat(result.image()).isEqualTo("my-app:latest");
      assertThat(result.entries()).isEqualTo(4);
      assertThat(result.uploadedBlobs()).isEqualTo(3);
      assertThat(result.uploadedBytes()).isGreaterThan(result.packBytes() + result.indexBytes());
      try (BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
        assertThat(client.resolve(ImageName.parse("my-app")).manifest())
            .isEqualTo(result.manifest());
      }
    }
    assertThat(user.leftovers()).isEmpty();
  }

  @Test
  void secondExportUploadsNothing() throws IOException {
    user.write("app.tar", ROOT);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      ExportResult first = result(export(blobd, "--from", "tar:app.tar", "--json"));
      Outcome outcome = export(blobd, "--from", "tar:app.tar", "--json", "--name", "other:2");
      ExportResult second = result(outcome);
      assertThat(second.manifest()).isEqualTo(first.manifest());
      assertThat(second.image()).isEqualTo("other:2");
      assertThat(second.uploadedBlobs()).isZero();
      assertThat(second.uploadedBytes()).isZero();
    }
  }

  @Test
  void ofAChangedImageOnlyWhatChangedIsUploaded() throws IOException {
    byte[] big = random(3_000_000);
    user.write("app.tar", Tars.of(Map.of("big", big, "small", HELLO)));
    user.write("next.tar", Tars.of(Map.of("big", big, "small", random(1000))));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      ExportResult first =
          result(export(blobd, "--from", "tar:app.tar", "--name", "app:1", "--json"));
      String[] next = {"--from", "tar:next.tar", "--name", "app:2", "--json"};
      ExportResult plan = result(export(blobd, with(next, "--dry-run")));
      assertThat(plan.dryRun()).isTrue();
      assertThat(plan.uploadedBytes()).isLessThan(20_000);
      assertThat(plan.sharedBytes()).containsOnlyKeys("app:1");
      assertThat(plan.largestNew().getFirst().path()).isEqualTo("/small");
      assertThat(names(blobd)).containsExactly("app:1");

      ExportResult second = result(export(blobd, next));
      assertThat(second.manifest()).isEqualTo(plan.manifest()).isNotEqualTo(first.manifest());
      assertThat(second.uploadedBytes()).isEqualTo(plan.uploadedBytes());
      assertThat(second.packBytes()).isGreaterThan(first.packBytes());
      assertThat(names(blobd)).containsExactly("app:1", "app:2");

      ExportResult anew = result(export(blobd, with(next, "--anew")));
      assertThat(anew.uploadedBytes()).isGreaterThan(3_000_000);
      assertThat(anew.sharedBytes()).isEmpty();
    }
    assertThat(user.leftovers()).isEmpty();
  }

  @Test
  void packsAreSharedWithOtherImagesOnRequestOnly() throws IOException {
    byte[] big = random(3_000_000);
    user.write("base.tar", Tars.of(Map.of("big", big)));
    user.write("app.tar", Tars.of(Map.of("big", big, "small", HELLO)));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      assertThat(export(blobd, "--from", "tar:base.tar").code()).isZero();
      String[] app = {"--from", "tar:app.tar", "--json", "--dry-run"};
      assertThat(result(export(blobd, app)).uploadedBytes()).isGreaterThan(3_000_000);
      assertThat(result(export(blobd, with(app, "--share-with", "base"))).uploadedBytes())
          .isLessThan(20_000);
      Outcome unknown = export(blobd, with(app, "--share-with", "nobody"));
      assertThat(unknown.code()).isEqualTo(10);
      assertThat(unknown.err()).contains("nobody:latest");
    }
  }

  @Test
  void anEarlierImageThatIsDamagedIsNotSharedWith() throws IOException {
    byte[] big = random(3_000_000);
    user.write("app.tar", Tars.of(Map.of("big", big)));
    user.write("next.tar", Tars.of(Map.of("big", big, "small", HELLO)));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      assertThat(export(blobd, "--from", "tar:app.tar", "--name", "app").code()).isZero();
      try (Stream<Path> blobs = Files.walk(root.resolve("store/blobs"))) {
        for (Path blob : blobs.filter(Files::isRegularFile).toList()) {
          if (Files.size(blob) > 1_000_000) {
            Files.delete(blob);
          }
        }
      }
      Outcome outcome = export(blobd, "--from", "tar:next.tar", "--name", "app", "--json");
      assertThat(outcome.err()).contains("app:latest is not complete on the server");
      assertThat(result(outcome).uploadedBytes()).isGreaterThan(3_000_000);
    }
  }

  private static String[] with(String[] args, String... more) {
    return Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray(String[]::new);
  }

  private static List<String> names(TestBlobd blobd) throws IOException {
    try (BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
      return client.names().stream().map(image -> image.name().toString()).toList();
    }
  }

  @Test
  void exportForPeopleEndsInOneLineOnStdout() throws IOException {
    user.write("app.tar", ROOT);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd, "--from", "tar:app.tar", "--name", "app:1");
      assertThat(outcome.out())
          .matches(
              "exported app:1 sha256:[0-9a-f]{64}: .* in packs, .* in 3 blobs uploaded, .* s\n");
      assertThat(outcome.err().lines())
          .hasSize(4)
          .allMatch(line -> line.matches("(reading|packing|indexing|uploading) .* in .* s.*"));
    }
  }

  @Test
  void progressOnATerminalRewritesItsLine() throws IOException {
    user.write("app.tar", ROOT);
    user.terminal = true;
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd, "--from", "tar:app.tar");
      assertThat(outcome.err()).contains("\r\033[Kreading ").endsWith("s\n");
    }
  }

  @Test
  void standardInputIsASourceToo() throws IOException {
    user.input = Tars.dockerArchive(ROOT);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd, "--from", "docker-archive:-", "--name", "app", "--json");
      assertThat(outcome.code()).as(outcome.err()).isZero();
      assertThat(result(outcome).entries()).isEqualTo(4);
    }
    assertThat(user.leftovers()).isEmpty();
  }

  @Test
  void dockerfileIsBuiltByTheToolThatWorksAndItsImageRemoved() throws IOException {
    Files.write(user.home.resolve("built.tar"), Tars.dockerArchive(ROOT));
    user.write("Dockerfile", "FROM scratch\n".getBytes(UTF_8));
    user.install("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    user.install("buildah", BUILDAH);
    // Which is as good, and is not asked.
    user.install("podman", "[ $1 = info ] || exit 1");
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd, "--json");
      assertThat(outcome.code()).as(outcome.err()).isZero();
      assertThat(result(outcome).image()).isEqualTo("project:latest");
      assertThat(outcome.err()).startsWith("STEP 1: FROM scratch\n");
    }
    String image = "localhost/sway-export-[0-9a-f-]+";
    assertThat(Files.readAllLines(user.home.resolve("calls")))
        .satisfiesExactly(
            call -> assertThat(call).isEqualTo("info"),
            call ->
                assertThat(call)
                    .matches(
                        "build -t %s -f %s/Dockerfile %s"
                            .formatted(image, user.folder, user.folder)),
            call -> assertThat(call).matches("push %s docker-archive:.*".formatted(image)),
            call -> assertThat(call).matches("rmi " + image));
    assertThat(user.leftovers()).isEmpty();
  }

  @Test
  void noDockerfileIsOneLine() throws IOException {
    assertFails(user.call(Swayctl::run, "export"), 12, "no Dockerfile in " + user.folder);
    assertFails(user.call(Swayctl::run, "export", "nowhere"), 12, "nowhere does not exist");
  }

  @Test
  void noBuilderIsOneLine() throws IOException {
    user.write("Dockerfile", "FROM scratch\n".getBytes(UTF_8));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      assertFails(export(blobd), 13, "no docker, buildah or podman found");
      user.install("docker", "echo 'Cannot connect to the Docker daemon.' >&2; exit 1");
      assertFails(
          export(blobd),
          13,
          "no builder works: docker (Cannot connect to the Docker daemon); install one");
    }
  }

  @Test
  void builderThatFailsIsOneLineAfterItsOutput() throws IOException {
    user.write("Dockerfile", "FROM nowhere\n".getBytes(UTF_8));
    user.install(
        "podman", "[ $1 = info ] || { echo 'STEP 1'; echo 'no such image' >&2; exit 125; }");
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = export(blobd);
      assertFails(outcome, 13, "'podman build' failed: no such image; correct");
      assertThat(outcome.err()).startsWith("STEP 1\nno such image\nswayctl: ");
      assertThat(blobd.files()).isEmpty();
    }
  }

  @Test
  void badArchivesAreOneLineAndLeaveNothing() throws IOException {
    user.write("text.tar", "this is no tar\n".repeat(1000).getBytes(UTF_8));
    user.write("short.tar", Arrays.copyOf(ROOT, 100_000));
    user.write("dots.tar", Tars.of(Map.of("../escape", HELLO)));
    user.write("empty.tar", new byte[0]);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      for (String name : new String[] {"text.tar", "short.tar", "dots.tar", "empty.tar"}) {
        assertFails(export(blobd, "--from", "tar:" + name), 14, name);
        assertFails(export(blobd, "--from", "docker-archive:" + name), 14, name);
        assertThat(blobd.files()).isEmpty();
      }
    }
  }

  @Test
  void sourceThatIsNotThereIsOneLine() throws IOException {
    try (TestBlobd blobd = TestBlobd.open(root)) {
      assertFails(export(blobd, "--from", "tar:gone.tar"), 24, "gone.tar does not exist");
      assertFails(
          export(blobd, "--from", "zip:x"),
          2,
          "'zip:x' names no image source",
          "rootfs:DIR, docker://[HOST");
      assertFails(export(blobd, "--from", "tar:-"), 2, "give the image one with --name");
    }
  }

  @Test
  void wrongTokenIsOneLineAndLeavesNothing() throws IOException {
    user.write("app.tar", ROOT);
    try (TestBlobd blobd = TestBlobd.guarded(root)) {
      Outcome outcome = export(blobd, "--from", "tar:app.tar");
      assertFails(outcome, 17, "needs a token; give one in SWAY_TOKEN or a token file");
      assertThat(outcome.err().lines()).as("it shows before the build").hasSize(1);
      user.environment.put("SWAY_TOKEN", "some-other-token-of-the-tests");
      assertFails(export(blobd, "--from", "tar:app.tar"), 17, "refused the token");
      assertThat(blobd.files()).isEmpty();
      user.write("token", (TestBlobd.TOKEN + "\n").getBytes(UTF_8));
      String token = user.folder.resolve("token").toString();
      assertThat(export(blobd, "--from", "tar:app.tar", "--token-file", token).code()).isZero();
    }
  }

  @Test
  void blobdThatIsDownIsOneLineBeforeAnyWork() throws IOException {
    user.write("app.tar", ROOT);
    user.server(URI.create("http://127.0.0.1:1"));
    Outcome outcome = user.call(Swayctl::run, "export", "--from", "tar:app.tar");
    assertFails(outcome, 15, "blobd at http://127.0.0.1:1 cannot be reached");
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void wrongCommandLinesAreOneLine() throws IOException {
    assertFails(user.call(Swayctl::run), 2, "try 'swayctl --help'");
    assertFails(user.call(Swayctl::run, "exprot"), 2, "exprot");
    assertFails(user.call(Swayctl::run, "export", "--turbo"), 2, "'--turbo'");
    assertFails(user.call(Swayctl::run, "export", "--threads", "0"), 2, "--threads");
    user.write("app.tar", ROOT);
    assertFails(
        user.call(Swayctl::run, "export", "--from", "tar:app.tar", "--name", "Not A Name"),
        2,
        "'Not A Name' is not an image name");
  }

  private Outcome export(TestBlobd blobd, String... arguments) throws IOException {
    String[] all = new String[arguments.length + 1];
    all[0] = "export";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return user.server(blobd.uri()).call(Swayctl::run, all);
  }

  private static ExportResult result(Outcome outcome) throws IOException {
    return WireJson.read(outcome.out().getBytes(UTF_8), ExportResult.class, "stdout");
  }

  private void assertFails(Outcome outcome, int code, String... messages) throws IOException {
    assertThat(outcome.failures()).as(outcome.err()).singleElement().asString().contains(messages);
    assertThat(outcome.err()).endsWith(outcome.failures().getFirst() + "\n");
    assertThat(outcome.code()).isEqualTo(code);
    assertThat(outcome.out()).isEmpty();
    assertThat(user.leftovers()).isEmpty();
    assertThat(user.home.resolve(".local")).doesNotExist();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(1).nextBytes(bytes);
    return bytes;
  }
}
