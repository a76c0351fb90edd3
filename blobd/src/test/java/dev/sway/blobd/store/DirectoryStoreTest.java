package dev.sway.blobd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryStoreTest extends BlobStoreContract {
  @TempDir Path directory;
  private DirectoryStore store;

  @BeforeEach
  void open() throws IOException {
    store = DirectoryStore.open(directory.resolve("store"));
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Override
  BlobStore store() {
    return store;
  }

  @Override
  void assertNothingHalfWritten() {
    assertThat(directory.resolve("store/tmp")).isEmptyDirectory();
  }

  @Test
  void oneProcessUsesADirectory() {
    assertThatThrownBy(() -> DirectoryStore.open(directory.resolve("store")))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE));
  }

  @Test
  void leftoversOfAnEarlierProcessAreSwept() throws Exception {
    store.close();
    Files.writeString(directory.resolve("store/tmp/leftover"), "half");
    open();
    assertNothingHalfWritten();
  }

  @Test
  void blobsAndNamesSurviveAReopening() throws Exception {
    byte[] content = content(100);
    store.put(Digest.of(content), new ByteArrayInputStream(content), 100);
    StoredName stored = store.names().put(ImageName.parse("a/b.c:V1"), Digest.of(content));
    store.close();
    open();
    assertThat(store.size(Digest.of(content))).hasValue(100);
    assertThat(store.names().find(ImageName.parse("a/b.c:V1"))).contains(stored);
  }

  @Test
  void aTruncatedBlobIsCorruptAndNeverShort() throws Exception {
    byte[] content = content(100);
    Digest digest = Digest.of(content);
    store.put(digest, new ByteArrayInputStream(content), 100);
    Path file = directory.resolve("store/blobs/sha256", digest.hex().substring(0, 2), digest.hex());
    Files.write(file, new byte[40]);
    try (InputStream in = store.read(digest, 0, 100)) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(CorruptException.class)
          .hasMessageContainingAll(digest.hex(), "ends at 40", "expected 100");
    }
  }

  @Test
  void aBlobThatItsDiskHasChangedOrCutOffIsMendedByStoringItAgain() throws Exception {
    byte[] content = content(100);
    Digest digest = Digest.of(content);
    store.put(digest, new ByteArrayInputStream(content), 100);
    Path file = directory.resolve("store/blobs/sha256", digest.hex().substring(0, 2), digest.hex());
    for (byte[] damage : new byte[][] {new byte[40], new byte[100], new byte[300]}) {
      Files.write(file, damage);
      assertThat(store.put(digest, new ByteArrayInputStream(content), 100)).isTrue();
      assertThat(file).hasBinaryContent(content);
    }
    assertThat(store.put(digest, new ByteArrayInputStream(content), 100)).isFalse();
  }

  @Test
  void namesAreListedInOrderAndReplaced() throws Exception {
    NameStore names = store.names();
    Digest one = Digest.of(content(1));
    Digest two = Digest.of(content(2));
    names.put(ImageName.parse("b"), one);
    names.put(ImageName.parse("a/b"), one);
    names.put(ImageName.parse("a:x"), one);
    names.put(ImageName.parse("b"), two);
    assertThat(names.list())
        .extracting(stored -> stored.name().toString())
        .containsExactly("a/b:latest", "a:x", "b:latest");
    assertThat(names.find(ImageName.parse("b")).orElseThrow().manifest()).isEqualTo(two);
    assertThat(names.find(ImageName.parse("c"))).isEmpty();
    assertNothingHalfWritten();
  }

  @Test
  void theLongestNameFits() throws Exception {
    ImageName name = new ImageName("a/".repeat(36) + "a", "t".repeat(126));
    store.names().put(name, Digest.of(content(1)));
    assertThat(store.names().find(name)).isPresent();
  }

  @Test
  void aDamagedNameIsNamedByItsFile() throws Exception {
    store.names().put(ImageName.parse("a"), Digest.of(content(1)));
    Path file = directory.resolve("store/names/a@latest.json");
    Files.writeString(file, "{\"name\":");
    assertThatThrownBy(() -> store.names().list())
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("a@latest.json");
  }
}
