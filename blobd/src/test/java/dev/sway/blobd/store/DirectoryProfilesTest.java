package dev.sway.blobd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryProfilesTest {
  private static final Digest IMAGE = Digest.of(new byte[] {1});
  private static final ProfileStore.Condition ANY = _ -> {};

  @TempDir Path directory;
  private DirectoryStore store;
  private ProfileStore profiles;

  @BeforeEach
  void open() throws IOException {
    store = DirectoryStore.open(directory.resolve("store"));
    profiles = store.profiles();
  }

  @AfterEach
  void close() throws IOException {
    assertThat(directory.resolve("store/tmp")).isEmptyDirectory();
    store.close();
  }

  private static byte[] bytes(CommandKey key, boolean pinned) {
    return ProfileWriter.write(Fixture.profile(IMAGE, key, 1, pinned));
  }

  private static CommandKey put(ProfileStore profiles, int number) throws IOException {
    CommandKey key = Fixture.key(number);
    profiles.put(IMAGE, key, bytes(key, false), ANY);
    return key;
  }

  private Path file(CommandKey key) {
    return directory.resolve("store/profiles", IMAGE.hex(), key.hex());
  }

  /// Puts a file where the store has a profile, changed `number` seconds after the beginning.
  private void age(int number, byte[] content) throws IOException {
    Path file = file(Fixture.key(number));
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(number)));
  }

  private Set<CommandKey> keys() throws IOException {
    Set<CommandKey> keys = new HashSet<>();
    profiles.list(IMAGE).forEach(profile -> keys.add(profile.key()));
    return keys;
  }

  @Test
  void theOneThatIsUnchangedForLongestMakesRoomUnlessItIsPinned() throws Exception {
    for (int i = 0; i < BlobdApi.MAX_PROFILES; i++) {
      age(i, bytes(Fixture.key(i), i < 3));
    }
    // What is changed is young, and makes no room.
    put(profiles, 3);
    assertThat(keys()).hasSize(BlobdApi.MAX_PROFILES);
    CommandKey added = put(profiles, 1000);
    assertThat(keys())
        .hasSize(BlobdApi.MAX_PROFILES)
        .contains(added, Fixture.key(0), Fixture.key(2), Fixture.key(3), Fixture.key(5))
        .doesNotContain(Fixture.key(4));
    // One that no reader understands is pinned for nobody.
    age(1, new byte[] {1, 2, 3});
    put(profiles, 1001);
    assertThat(keys()).doesNotContain(Fixture.key(1)).contains(Fixture.key(5));
  }

  @Test
  void whereAllArePinnedNoneIsAddedAndNoneLost() throws Exception {
    for (int i = 0; i < BlobdApi.MAX_PROFILES; i++) {
      age(i, bytes(Fixture.key(i), true));
    }
    Set<CommandKey> before = keys();
    assertThatThrownBy(() -> put(profiles, 1000))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE))
        .hasMessageContaining("pinned");
    assertThat(keys()).isEqualTo(before);
    put(profiles, 7);
    assertThat(keys()).isEqualTo(before);
  }

  @Test
  void otherFilesInTheFolderAreNoProfiles() throws Exception {
    put(profiles, 1);
    Files.writeString(file(Fixture.key(1)).resolveSibling("README"), "mine");
    assertThat(keys()).containsExactly(Fixture.key(1));
  }

  @Test
  void whoReadsAProfileKeepsItWhileItIsReplaced() throws Exception {
    CommandKey key = put(profiles, 1);
    byte[] old = bytes(key, false);
    try (OpenFile opened = profiles.find(IMAGE, key).orElseThrow()) {
      profiles.put(IMAGE, key, bytes(key, true), ANY);
      assertThat(opened.digest()).isEqualTo(Digest.of(old));
      assertThat(opened.content().readAllBytes()).isEqualTo(old);
    }
  }

  @Test
  void aRefusedConditionChangesNothing() throws Exception {
    CommandKey key = put(profiles, 1);
    ProfileStore.Condition never =
        _ -> {
          throw new SwayException(FailureKind.CHANGED, "no");
        };
    assertThatThrownBy(() -> profiles.put(IMAGE, key, bytes(key, true), never))
        .isInstanceOf(SwayException.class);
    assertThatThrownBy(() -> profiles.remove(IMAGE, key, never)).isInstanceOf(SwayException.class);
    assertThat(file(key)).hasBinaryContent(bytes(key, false));
  }

  @Test
  void noTwoWritersSeeTheSameProfileBeforeTheyChangeIt() throws Exception {
    CommandKey key = Fixture.key(1);
    int writers = 8;
    AtomicInteger inside = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Callable<Void>> calls =
          Stream.<Callable<Void>>generate(() ->
                  () -> {
                    profiles.put(
                        IMAGE,
                        key,
                        bytes(key, false),
                        _ -> {
                          assertThat(inside.incrementAndGet()).isEqualTo(1);
                          LockSupport.parkNanos(100_000);
                          inside.decrementAndGet();
                        });
                    return null;
                  })
              .limit(writers)
              .toList();
      for (Future<Void> call : threads.invokeAll(calls)) {
        call.get();
      }
    }
  }

  @Test
  void aFolderThatIsInTheWayIsNamed() throws Exception {
    Files.createDirectories(directory.resolve("store/profiles"));
    Files.write(directory.resolve("store/profiles", IMAGE.hex()), new byte[1]);
    assertThatThrownBy(() -> put(profiles, 1))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining(IMAGE.hex());
    assertThat(Arrays.asList(directory.resolve("store/tmp").toFile().list())).isEmpty();
  }
}
