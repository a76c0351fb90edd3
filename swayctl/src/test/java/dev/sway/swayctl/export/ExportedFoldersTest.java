package dev.sway.swayctl.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportedFoldersTest {
  private static final ImageName APP = new ImageName("app", "1");

  @TempDir Path state;
  @TempDir Path folder;

  @Test
  void folderIsKnownByItsRealPath(@TempDir Path links) throws IOException {
    Path link = Files.createSymbolicLink(links.resolve("link"), folder);
    new ExportedFolders(state).remember(link, APP);
    assertThat(new ExportedFolders(state).imageOf(folder)).contains(APP);
    assertThat(new ExportedFolders(state).imageOf(links)).isEmpty();
    assertThat(new ExportedFolders(state).imageOf(folder.resolve("gone"))).isEmpty();
  }

  @Test
  void lastExportCountsAndNoOtherFileIsLeft() throws IOException {
    ExportedFolders exported = new ExportedFolders(state);
    exported.remember(folder, new ImageName("old", "1"));
    exported.remember(folder, APP);
    assertThat(exported.imageOf(folder)).contains(APP);
    try (Stream<Path> files = Files.list(state.resolve("exports"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void damagedFileIsNamed() throws IOException {
    ExportedFolders exported = new ExportedFolders(state);
    exported.remember(folder, APP);
    try (Stream<Path> files = Files.list(state.resolve("exports"))) {
      Files.writeString(files.findFirst().orElseThrow(), "{\"folder\":");
    }
    assertThatThrownBy(() -> exported.imageOf(folder))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("delete it and export the folder again");
  }
}
