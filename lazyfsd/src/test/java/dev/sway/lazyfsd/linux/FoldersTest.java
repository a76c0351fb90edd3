package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
  @TempDir Path folder;

  @Test
  void linksAreRemovedAndWhatTheyPointAtIsNot() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("file"), "stays");
    Path run = Files.createDirectories(folder.resolve("run/a/b"));
    Files.writeString(run.resolve("file"), "goes");
    Files.createSymbolicLink(run.resolve("link"), outside);
    Files.createSymbolicLink(run.resolve("dangling"), folder.resolve("nowhere"));
    Folders.delete(folder.resolve("run"));
    assertThat(folder.resolve("run")).doesNotExist();
    assertThat(outside.resolve("file")).hasContent("stays");
  }

  @Test
  void linkInThePlaceOfTheFolderIsNotFollowed() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("file"), "stays");
    Path link = Files.createSymbolicLink(folder.resolve("run"), outside);
    Folders.delete(link);
    assertThat(outside.resolve("file")).exists();
    assertThat(Files.isSymbolicLink(link)).isFalse();
  }

  @Test
  void nothingIsNothing() throws IOException {
    Folders.delete(folder.resolve("none"));
    assertThat(folder.resolve("none")).doesNotExist();
  }
}
