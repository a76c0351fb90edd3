package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweeperTest {
  @TempDir Path folder;

  @Test
  void stateThatIsMissingOrEmptyNeedsNoSweeping() throws IOException {
    Sweeper.sweep(folder.resolve("none"));
    assertThat(folder.resolve("none")).doesNotExist();
    Sweeper.sweep(folder);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatIsNoRunStays() throws IOException {
    Path mine = Files.createDirectories(folder.resolve("runs/notes"));
    Path cache = Files.createDirectories(folder.resolve("packs/abc"));
    Sweeper.sweep(folder);
    assertThat(mine).exists();
    assertThat(cache).exists();
  }
}
