package dev.sway.swayctl.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.cli.StateLock;
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

  /// A folder as a killed export leaves it.
  private Path killed(String name) throws IOException {
    Path folder = parent.resolve(name);
    StateLock.acquire(folder).close();
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
    assertThat(notices).hasSize(1).first().asString().contains(left.toString()).contains("killed");
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
    StateLock.acquire(elsewhere).close();
    Path link = Files.createSymbolicLink(parent.resolve("sway-export-link"), elsewhere);
    Path unlocked = Files.createDirectory(parent.resolve("sway-export-without-lock"));
    Path file = Files.write(parent.resolve("sway-export-file"), new byte[1]);
    Path lockLink = Files.createDirectory(parent.resolve("sway-export-lock-link"));
    Files.createSymbolicLink(lockLink.resolve("lock"), elsewhere.resolve("lock"));
    try (CleanUp cleanUp = CleanUp.armed(notices::add)) {
      create(cleanUp);
    }
    assertThat(List.of(elsewhere, link, unlocked, file, lockLink)).allMatch(Files::exists);
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
