package dev.sway.swayctl.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScratchFoldersTest {
  @TempDir Path parent;

  private final List<String> notices = new ArrayList<>();

  private Path create(CleanUp cleanUp) throws IOException {
    return new ScratchFolders(parent, notices::add).create(cleanUp);
  }

  /// The lock of a killed export.
  private Path lock(String name) throws IOException {
    return Files.writeString(parent.resolve(name + ".lock"), "123\n");
  }

  /// A folder as a killed export leaves it.
  private Path killed(String name) throws IOException {
    Path folder = parent.resolve(name);
    lock(name);
    Files.createDirectories(folder.resolve("image/deep"));
    Files.write(folder.resolve("image/deep/pack-0.partial"), new byte[1000]);
    return folder;
  }

  @Test
  void folderIsGoneAtTheEnd() throws IOException {
    Path folder;
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      folder = create(cleanUp);
      assertThat(folder).isDirectory().hasParent(parent);
      Files.write(folder.resolve("file"), new byte[1]);
    }
    assertThat(parent).isEmptyDirectory();
    assertThat(notices).isEmpty();
  }

  @Test
  void whatKilledExportsLeftIsRemovedAndSaid() throws IOException {
    Path left = killed("sway-export-123");
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      Path folder = create(cleanUp);
      assertThat(parent).isDirectoryContaining(folder::equals);
      assertThat(left).doesNotExist();
    }
    assertThat(parent).isEmptyDirectory();
    assertThat(notices).hasSize(1).first().asString().contains(left.toString()).contains("killed");
  }

  /// Killed between making the lock and the folder, or between removing the folder and the lock.
  @Test
  void aLockAloneIsRemovedToo() throws IOException {
    lock("sway-export-123");
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      create(cleanUp);
    }
    assertThat(parent).isEmptyDirectory();
    assertThat(notices).isEmpty();
  }

  @Test
  void exportsThatRunKeepTheirFolders() throws IOException {
    try (CleanUp first = CleanUp.armed(notices::add)) {
      Path running = create(first);
      Files.write(running.resolve("file"), new byte[1]);
      try (CleanUp second = CleanUp.armed(notices::add)) {
        create(second);
      }
      assertThat(running.resolve("file")).exists();
    }
    assertThat(notices).isEmpty();
  }

  @Test
  void nothingElseIsTouched() throws IOException {
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Path file = Files.write(elsewhere.resolve("file"), new byte[1]);
    Path unlocked = Files.createDirectory(parent.resolve("sway-export-without-lock"));
    Path other = Files.write(parent.resolve("sway-export-file"), new byte[1]);
    Path linked = killed("sway-export-lock-link");
    Files.move(parent.resolve("sway-export-lock-link.lock"), elsewhere.resolve("lock"));
    Files.createSymbolicLink(
        parent.resolve("sway-export-lock-link.lock"), elsewhere.resolve("lock"));
    lock("sway-export-link");
    Path link = Files.createSymbolicLink(parent.resolve("sway-export-link"), elsewhere);
    lock("sway-export-no-folder");
    Path noFolder = Files.write(parent.resolve("sway-export-no-folder"), new byte[1]);
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      create(cleanUp);
    }
    assertThat(List.of(file, unlocked, other, linked, link, noFolder)).allMatch(Files::exists);
    assertThat(notices).isEmpty();
  }

  @Test
  void foldersOfOtherUsersAreTheirs() throws IOException {
    Path other = killed("sway-export-other");
    var users = parent.getFileSystem().getUserPrincipalLookupService();
    org.junit.jupiter.api.Assumptions.assumeTrue(
        "root".equals(System.getProperty("user.name")), "skipped: needs root to give a file away");
    Files.setOwner(other, users.lookupPrincipalByName("nobody"));
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      create(cleanUp);
    }
    assertThat(other).exists();
  }
}
