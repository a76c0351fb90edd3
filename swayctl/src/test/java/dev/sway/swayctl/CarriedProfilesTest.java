package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.ListedProfile;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.CommandKey;
import dev.sway.swayctl.fixture.Tars;
import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `swayctl export` does with the profiles of the version before.
final class CarriedProfilesTest {
  @TempDir Path root;
  private User user;
  private TestBlobd blobd;
  private BlobClient client;

  @BeforeEach
  void start() throws IOException {
    user = new User(root);
    blobd = TestBlobd.open(root);
    user.server(blobd.uri());
    client = new BlobClient(blobd.uri(), Optional.empty());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    blobd.close();
    assertThat(user.leftovers()).isEmpty();
  }

  private Outcome export(String content, String... options) throws IOException {
    return exportAs("app", content, options);
  }

  private Outcome exportAs(String name, String content, String... options) throws IOException {
    byte[] layer =
        Tars.of(Map.of("app", content.repeat(3000).getBytes(UTF_8), content, new byte[3]));
    user.write("app.tar", Tars.dockerArchive(layer));
    List<String> words =
        new ArrayList<>(List.of("export", "--from", "docker-archive:app.tar", "--name", name));
    words.addAll(List.of(options));
    Outcome outcome = user.call(Swayctl::run, words.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome;
  }

  private Digest image() throws IOException {
    return image("app");
  }

  private Digest image(String name) throws IOException {
    return client.resolve(ImageName.parse(name)).manifest();
  }

  private static CommandKey key(String command) {
    return CommandKey.ofCommand(List.of(command));
  }

  /// Stores a profile of the present image.
  private void learn(String command, boolean pinned) throws IOException {
    learn(image(), command, pinned);
  }

  private void learn(Digest image, String command, boolean pinned) throws IOException {
    client
        .profiles()
        .put(
            new Profile(
                image,
                key(command),
                List.of(command),
                5,
                Instant.EPOCH,
                pinned,
                List.of(
                    new ProfiledPath("/app", 99, List.of(new ProfileRange(0, 8192)), 1, 5, 0),
                    new ProfiledPath("/one", 98, List.of(new ProfileRange(0, 3)), 2, 5, 0))));
  }

  private Profile carried(String command) throws IOException {
    return client.profiles().find(image(), key(command)).orElseThrow().profile();
  }

  private Path folder(Digest image) {
    return root.resolve("store/profiles").resolve(image.hex());
  }

  @Test
  void aNewVersionStartsWithTheProfilesOfTheOneBefore() throws IOException {
    export("one");
    Digest before = image();
    learn("a", false);
    learn("b", true);
    Outcome outcome = export("second");
    assertThat(outcome.err()).contains("carried over 2 profiles from " + before + "\n");
    assertThat(outcome.out()).startsWith("exported app:latest");
    assertThat(image()).isNotEqualTo(before);
    assertThat(carried("a").pinned()).isFalse();
    assertThat(carried("b").pinned()).isTrue();
    assertThat(carried("a").manifest()).isEqualTo(image());
    assertThat(carried("a").runs()).isEqualTo(1);
    List<ProfiledPath> paths = carried("a").paths();
    assertThat(paths.get(0).inode()).isPositive().isNotEqualTo(99);
    assertThat(paths.get(0).ranges()).containsExactly(new ProfileRange(0, 8192));
    assertThat(paths.get(1).inode()).isZero();
    // The old image keeps its own.
    assertThat(client.profiles().list(before)).hasSize(2);
  }

  @Test
  void aNewTagStartsWithTheProfilesThatAnotherTagHas() throws IOException {
    exportAs("app:1", "one");
    Digest one = image("app:1");
    learn(one, "old", false);
    exportAs("app:2", "second", "--no-profiles");
    learn(image("app:2"), "a", false);
    exportAs("app:3", "third", "--no-profiles");
    exportAs("other:9", "fourth", "--no-profiles");
    learn(image("other:9"), "b", false);
    Outcome outcome = exportAs("app:4", "fifth");
    assertThat(outcome.err()).contains("carried over 1 profile from app:2\n");
    assertThat(client.profiles().list(image("app:4")))
        .extracting(ListedProfile::key)
        .containsExactly(key("a"));
    assertThat(exportAs("new:1", "sixth").err()).doesNotContain("profile");
  }

  @Test
  void aTagThatIsThereGetsNoneOfOtherTags() throws IOException {
    exportAs("app:1", "one");
    learn(image("app:1"), "a", false);
    exportAs("app:2", "second", "--no-profiles");
    assertThat(exportAs("app:2", "third").err()).doesNotContain("profile");
    assertThat(client.profiles().list(image("app:2"))).isEmpty();
  }

  @Test
  void aProfileOfWhichLittleIsLeftStaysBehind() throws IOException {
    export("one");
    learn("a", false);
    learn("b", true);
    byte[] layer = Tars.of(Map.of("else", new byte[3]));
    user.write("app.tar", Tars.dockerArchive(layer));
    Outcome outcome =
        user.call(Swayctl::run, "export", "--from", "docker-archive:app.tar", "--name", "app");
    assertThat(outcome.err())
        .contains(
            "profile %s is not carried over: most of what it names is not in the new image"
                .formatted(key("a").hex().substring(0, 12)))
        .contains("carried over 1 profile from ");
    assertThat(client.profiles().list(image()))
        .as("who has pinned one wants it")
        .extracting(ListedProfile::key)
        .containsExactly(key("b"));
  }

  @Test
  void aVersionThatWasExportedBeforeGetsThemToo() throws IOException {
    export("one");
    Digest one = image();
    export("second");
    learn("a", false);
    JsonNode result = new ObjectMapper().readTree(export("one", "--json").out());
    assertThat(result.get("unchanged").asBoolean()).isTrue();
    assertThat(result.get("carriedProfiles").asInt()).isEqualTo(1);
    assertThat(image()).isEqualTo(one);
    assertThat(carried("a").manifest()).isEqualTo(one);
  }

  @Test
  void whatTheNewImageHasLearntItselfStays() throws IOException {
    export("one");
    learn("a", false);
    export("second");
    learn("a", true);
    Outcome outcome = export("one");
    assertThat(outcome.err()).doesNotContain("profile");
    assertThat(carried("a").pinned()).isFalse();
  }

  @Test
  void nothingIsCarriedWhereNothingChangesOrNobodyWants() throws IOException {
    export("one");
    learn("a", false);
    assertThat(export("one").err()).doesNotContain("profile");
    assertThat(export("second", "--dry-run").err()).doesNotContain("profile");
    assertThat(export("second", "--no-profiles").err()).doesNotContain("profile");
    assertThat(client.profiles().list(image())).isEmpty();
    assertThat(export("third", "--json").out()).contains("\"carriedProfiles\":0");
  }

  @Test
  void aDamagedProfileDoesNotKeepTheOthers() throws IOException {
    export("one");
    learn("a", false);
    learn("b", false);
    learn("c", false);
    Files.writeString(folder(image()).resolve(key("b").hex()), "junk");
    Outcome outcome = export("second");
    assertThat(outcome.err()).contains("is no zstd frame").contains("carried over 2 profiles");
    assertThat(client.profiles().list(image()))
        .extracting(ListedProfile::key)
        .containsExactlyInAnyOrder(key("a"), key("c"));
  }

  @Test
  void whatGoesWrongIsToldAndTheImageIsExported() throws IOException {
    export("one", "--no-profiles");
    learn("a", false);
    export("second", "--no-profiles");
    Digest second = image();
    export("one", "--no-profiles");
    // The server cannot store profiles of the second image.
    Files.write(folder(second), new byte[0]);
    Outcome outcome = export("second");
    assertThat(outcome.err())
        .contains("not all profiles of the version before are carried over")
        .contains(second.hex());
    assertThat(outcome.failures()).isEmpty();
    assertThat(image()).isEqualTo(second);
  }
}
