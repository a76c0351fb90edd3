package dev.sway.blobd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateLockTest {
  @TempDir Path directory;

  @Test
  void oneHolderAtATime() throws Exception {
    Path state = directory.resolve("a/b");
    StateLock lock = StateLock.acquire(state);
    assertThatThrownBy(() -> StateLock.acquire(state))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE))
        .hasMessageContaining(state.toString());
    lock.close();
    lock.close();
    StateLock.acquire(state).close();
  }

  @Test
  void aFileIsLockedByItself() throws Exception {
    Path file = Files.writeString(directory.resolve("work.lock"), "");
    StateLock lock = StateLock.acquireFile(file);
    assertThat(file).hasContent(ProcessHandle.current().pid() + "");
    assertThatThrownBy(() -> StateLock.acquireFile(file))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.IN_USE));
    lock.close();
    StateLock.acquireFile(file).close();
  }

  @Test
  void neitherMissingFilesNorLinksAreLocked() throws Exception {
    Path file = Files.writeString(directory.resolve("other"), "text");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    Path missing = directory.resolve("missing");
    for (Path path : List.of(link, missing)) {
      assertThatThrownBy(() -> StateLock.acquireFile(path))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE));
    }
    assertThat(file).hasContent("text");
    assertThat(missing).doesNotExist();
  }

  @Test
  void aFileIsNoDirectory() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertThatThrownBy(() -> StateLock.acquire(file))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining("is not a directory");
  }
}
