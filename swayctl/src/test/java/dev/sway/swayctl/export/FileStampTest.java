package dev.sway.swayctl.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileStampTest {
  @TempDir Path folder;

  @Test
  void rewrittenFileHasAnotherStampAndALinkTheSame() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "one");
    Instant later = Instant.now().plusSeconds(60);
    FileStamp first = FileStamp.of(file, later).orElseThrow();
    assertThat(FileStamp.of(Files.createSymbolicLink(folder.resolve("link"), file), later))
        .contains(first);
    FileTime written = Files.getLastModifiedTime(file);
    Object changed = Files.getAttribute(file, "unix:ctime");
    // The kernel's clock of changes ticks every few milliseconds.
    while (Files.getAttribute(file, "unix:ctime").equals(changed)) {
      Files.writeString(file, "two");
      Files.setLastModifiedTime(file, written);
    }
    assertThat(FileStamp.of(file, later)).isPresent().get().isNotEqualTo(first);
  }

  @Test
  void fileThatHasJustChangedOrIsGoneHasNone() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "one");
    Instant changed = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
    assertThat(FileStamp.of(file, changed.plus(FileStamp.SETTLED).minusNanos(1))).isEmpty();
    assertThat(FileStamp.of(file, changed.plus(FileStamp.SETTLED))).isPresent();
    assertThat(FileStamp.of(folder.resolve("gone"), changed.plusSeconds(60))).isEmpty();
  }
}
