package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedFolderTest {
  @TempDir Path temporary;
  private Path path;
  private BoundedFolder folder;

  @BeforeEach
  void open() throws IOException {
    path = temporary.resolve("folder");
    folder = new BoundedFolder(path, ".x", 3, 10);
  }

  @Test
  void theOldestFilesGoWhenThereAreTooMany() throws IOException {
    for (int i = 0; i < 5; i++) {
      assertThat(folder.write("f" + i, new byte[] {(byte) i})).isTrue();
      Files.setLastModifiedTime(path.resolve("f" + i + ".x"), FileTime.fromMillis(1000 + i));
    }
    assertThat(folder.list())
        .extracting(BoundedFolder.Entry::name)
        .containsExactly("f2", "f3", "f4");
    assertThat(folder.read("f0")).isEmpty();
    assertThat(folder.read("f4")).hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(4));
  }

  @Test
  void whatIsTooLongIsNeitherWrittenNorRead() throws IOException {
    assertThat(folder.write("long", new byte[11])).isFalse();
    assertThat(folder.list()).isEmpty();
    Files.write(path.resolve("long.x"), new byte[11]);
    assertThatThrownBy(() -> folder.read("long"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more than 10 bytes");
  }

  @Test
  void noNameLeadsOutOfTheFolder() {
    for (String name : new String[] {"", "..", "../f", "a/b", "A", "a.b", "n".repeat(201)}) {
      assertThatThrownBy(() -> folder.read(name)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void filesOfOthersAreLeftAlone() throws IOException {
    Files.write(path.resolve("f.other"), new byte[1]);
    for (int i = 0; i < 5; i++) {
      folder.write("f" + i, new byte[1]);
    }
    assertThat(path.resolve("f.other")).exists();
    assertThat(folder.list()).hasSize(3);
  }

  @Test
  void whatAKillLeftHalfWrittenGoesAtTheNextStart() throws IOException {
    folder.write("f1", new byte[1]);
    // As a kill leaves them; the names of runs do not come again.
    Files.write(path.resolve("f2.x.partial"), new byte[1]);
    Files.write(path.resolve("f3.y.partial"), new byte[1]);
    folder = new BoundedFolder(path, ".x", 3, 10);
    assertThat(path.resolve("f2.x.partial")).doesNotExist();
    assertThat(path.resolve("f3.y.partial")).as("of another in the same folder").exists();
    assertThat(folder.read("f1")).isPresent();
  }
}
