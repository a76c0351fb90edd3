package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweeperTest {
  @TempDir Path folder;

  @Test
  void stateThatIsMissingOrEmptyNeedsNoSweeping() throws IOException {
    Sweeper.sweep(folder.resolve("none"), Sweeper.Kept.NOTHING);
    assertThat(folder.resolve("none")).doesNotExist();
    Sweeper.sweep(folder, Sweeper.Kept.NOTHING);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatIsNoRunStays() throws IOException {
    Path mine = Files.createDirectories(folder.resolve("runs/notes"));
    Path cache = Files.createDirectories(folder.resolve("packs/abc"));
    Sweeper.sweep(folder, Sweeper.Kept.NOTHING);
    assertThat(mine).exists();
    assertThat(cache).exists();
  }

  @Test
  void whatWasRehearsedGoes() throws IOException {
    Path left = Files.createDirectories(folder.resolve("rehearsal/start/packs/abc"));
    Files.createFile(left.resolve("file"));
    Sweeper.sweep(folder, Sweeper.Kept.NOTHING);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void folderThatSomebodyHasMountedForRehearsalsStays() throws Exception {
    Needs.rootAndFuse();
    Path state = folder.toRealPath();
    Path point = Files.createDirectory(state.resolve("rehearsal"));
    SystemCalls.mount("somebody", point, "tmpfs", 0, "");
    try {
      Files.createFile(point.resolve("file"));
      Sweeper.sweep(state, Sweeper.Kept.NOTHING);
      assertThat(point.resolve("file")).exists();
    } finally {
      SystemCalls.unmount(point, true);
    }
  }

  @Test
  void mountsOfOthersStay() throws Exception {
    Needs.rootAndFuse();
    Path state = folder.toRealPath();
    Path other = Files.createDirectories(state.resolve("mounts/disk"));
    Path inRun = Files.createDirectories(state.resolve("runs/0123456789ab/disk"));
    Path inRehearsal = Files.createDirectories(state.resolve("rehearsal/disk"));
    Path own = Files.createDirectories(state.resolve("runs/ba9876543210/scratch"));
    SystemCalls.mount("somebody", other, "tmpfs", 0, "");
    SystemCalls.mount("somebody", inRun, "tmpfs", 0, "");
    SystemCalls.mount("somebody", inRehearsal, "tmpfs", 0, "");
    SystemCalls.mount("sway-run", own, "tmpfs", 0, "");
    try {
      Files.createFile(other.resolve("file"));
      Files.createFile(inRun.resolve("file"));
      Files.createFile(inRehearsal.resolve("file"));
      Sweeper.sweep(state, Sweeper.Kept.NOTHING);
      assertThat(other.resolve("file")).exists();
      assertThat(inRun.resolve("file")).exists();
      assertThat(inRehearsal.resolve("file")).exists();
      assertThat(own.getParent()).doesNotExist();
    } finally {
      SystemCalls.unmount(other, true);
      SystemCalls.unmount(inRun, true);
      SystemCalls.unmount(inRehearsal, true);
      SystemCalls.unmount(own, true);
    }
  }
}
