package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryScanTest {
  @TempDir Path folder;

  private static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> directories(String path) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryScan scan = DirectoryScan.of(folder)) {
      scan.list(
          bytes(path),
          () -> true,
          (name, inode) -> found.add(new String(name, StandardCharsets.UTF_8) + " " + inode));
    }
    return found;
  }

  private static long inode(Path path) throws IOException {
    return FileFacts.of(path).inode();
  }

  @Test
  void directoriesAreShownAndNothingElse() throws Exception {
    Path outer = Files.createDirectory(folder.resolve("outer"));
    Path inner = Files.createDirectory(outer.resolve("...inner"));
    Files.writeString(outer.resolve("file"), "content");
    Files.createSymbolicLink(outer.resolve("link"), inner);
    assertThat(directories("")).containsExactly("outer " + inode(outer));
    assertThat(directories("outer")).containsExactly("...inner " + inode(inner));
    assertThat(directories("outer/...inner")).isEmpty();
  }

  @Test
  void linksFilesAndNothingAreRefusedInOneSentence() throws Exception {
    Files.createSymbolicLink(folder.resolve("link"), folder);
    Files.writeString(folder.resolve("file"), "content");
    for (String path : List.of("link", "file")) {
      assertThatThrownBy(() -> directories(path))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("not a directory");
    }
    assertThatThrownBy(() -> directories("none"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> DirectoryScan.of(folder.resolve("none")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void restOfADirectoryIsLeftWhereNobodyWantsIt() throws Exception {
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      Files.createDirectory(folder.resolve("directory%05d".formatted(i)));
    }
    List<byte[]> found = new ArrayList<>();
    try (DirectoryScan scan = DirectoryScan.of(folder)) {
      scan.list(new byte[0], found::isEmpty, (name, _) -> found.add(name));
      assertThat(found).isNotEmpty().hasSizeLessThan(count);
    }
    assertThat(directories("")).as("in several pieces").hasSize(count);
  }
}
