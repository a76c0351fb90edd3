package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Who may do what: decided by the kernel, from the image's modes. What the image could do to the
/// machine (setuid programs, capabilities, devices) means nothing on the mount itself, and what its
/// flags say on an overlay above it.
interface PrivilegeContract extends Mounted {
  @Test
  default void otherUsersMayDoWhatTheModesSay() throws Exception {
    for (String readable :
        List.of(
            "of-nobody",
            "of-the-group",
            "of-all",
            "unlisted/inside",
            "../file",
            "../many/entry-7")) {
      assertThat(Command.asNobody("cat", root() + "/access/" + readable).exitCode())
          .as(readable)
          .isZero();
    }
    for (String closed :
        List.of("root-only", "denied-to-its-owner", "of-another-group", "closed/inside")) {
      assertThat(Command.asNobody("cat", root() + "/access/" + closed))
          .as(closed)
          .matches(ended -> ended.exitCode() == 1 && ended.output().contains("Permission denied"));
    }
    assertThat(Command.asNobody("ls", root() + "/access/closed").exitCode()).isEqualTo(2);
    assertThat(Command.asNobody("ls", root() + "/access/unlisted").exitCode()).isEqualTo(2);
    assertThat(Command.asNobody("ls", root() + "/access").exitCode()).isZero();
    assertThat(Command.run("cat", root() + "/access/denied-to-its-owner").exitCode())
        .as("root reads everything")
        .isZero();
    for (int user : new int[] {0, Command.NOBODY}) {
      assertThat(Command.run("setpriv", "--reuid=" + user, root() + "/file").output())
          .as("what no mode lets run")
          .contains("Permission denied");
    }
  }

  @Test
  default void programsRunFromTheMountButNotWithTheirOwnersRights() throws Exception {
    assertThat(Command.asNobody(root() + "/bin/true").exitCode()).isZero();
    assertThat(Command.asNobody(root() + "/bin/id", "-u").output())
        .isEqualTo(Command.NOBODY + "\n");
    assertThat(Command.asNobody(root() + "/bin/cat", root() + "/access/root-only").output())
        .contains("Permission denied");
  }

  @Test
  default void devicesOfTheImageCannotBeOpenedOnTheMount() {
    assertThat(Posix.call("open", root() + "/null", Posix.O_RDWR, 0).errno())
        .isEqualTo(Errno.EACCES.number());
  }

  @Test
  default void overlayWithoutRestrictionsHonoursAllOfIt() throws Exception {
    Path merged = overlay("free", 0);
    try {
      assertThat(Command.asNobody(merged + "/bin/id", "-u").output())
          .isEqualTo(Specimen.SETUID_OWNER + "\n");
      assertThat(Command.asNobody(merged + "/bin/cat", merged + "/access/root-only"))
          .isEqualTo(new Command.Ended(0, "content\n"));
      int fd = Posix.open(merged + "/null", Posix.O_RDWR);
      assertThat(Posix.pread(fd, 0, 10)).isEmpty();
      Posix.close(fd);
    } finally {
      SystemCalls.unmount(merged, true);
    }
  }

  @Test
  default void overlayWithRestrictionsHasThem() throws Exception {
    Path merged = overlay("bound", SystemCalls.MS_NODEV | SystemCalls.MS_NOSUID);
    try {
      assertThat(Command.asNobody(merged + "/bin/id", "-u").output())
          .isEqualTo(Command.NOBODY + "\n");
      assertThat(Command.asNobody(merged + "/bin/cat", merged + "/access/root-only").output())
          .contains("Permission denied");
      assertThat(Posix.call("open", merged + "/null", Posix.O_RDWR, 0).errno())
          .isEqualTo(Errno.EACCES.number());
    } finally {
      SystemCalls.unmount(merged, true);
    }
  }

  private Path overlay(String name, long flags) throws IOException {
    Path merged = Files.createDirectories(folder().resolve("overlay-" + name));
    Path empty = Files.createDirectories(folder().resolve("empty"));
    SystemCalls.mount("overlay", merged, "overlay", flags, "lowerdir=" + empty + ":" + root());
    return merged;
  }

  @Test
  default void accessListsAreEnforcedOrOnlyShown() throws Exception {
    Command.Ended read = Command.asNobody("cat", root() + "/xattrs/listed");
    assertThat(read.exitCode()).as(read.output()).isEqualTo(enforcesAccessLists() ? 0 : 1);
  }

  /// Whether the transport lets the kernel enforce POSIX access lists.
  boolean enforcesAccessLists();

  @Test
  default void pipesOfTheImageConnectProcesses() throws Exception {
    Command.Ended ended =
        Command.run("sh", "-c", "echo through >\"$0\" & cat \"$0\"", root() + "/fifo");
    assertThat(ended).isEqualTo(new Command.Ended(0, "through\n"));
  }
}
