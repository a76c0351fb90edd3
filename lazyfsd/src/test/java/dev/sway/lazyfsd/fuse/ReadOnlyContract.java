package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Whatever would change something fails exactly as on a file system of the kernel's own that is
/// mounted read-only.
interface ReadOnlyContract extends Mounted {
  long MS_REMOUNT = 32;

  @Test
  default void whatWouldChangeSomethingFailsAsOnAReadOnlyTmpfs() throws Exception {
    Path reference = Files.createDirectory(folder().resolve("reference"));
    long flags = SystemCalls.MS_NODEV | SystemCalls.MS_NOSUID;
    SystemCalls.mount("reference", reference, "tmpfs", flags, "");
    try {
      Command.Ended made =
          Command.run(
              "sh",
              "-ec",
              "cd \"$0\"; umask 022; echo content >file; mkdir directory; echo child >directory/child;"
                  + " ln -s file link; ln -s loop loop; ln -s nowhere/at/all dangling;"
                  + " mkfifo fifo; mknod null c 1 3; chmod 666 null",
              reference);
      assertThat(made.exitCode()).as(made.output()).isZero();
      SystemCalls.mount(
          "reference", reference, "tmpfs", flags | SystemCalls.MS_RDONLY | MS_REMOUNT, "");
      Map<String, Object> expected = attempts(reference.toString());
      assertThat(expected.values()).contains("error " + Errno.EROFS.number());
      assertThat(attempts(root().toString())).containsExactlyEntriesOf(expected);
    } finally {
      SystemCalls.unmount(reference, true);
    }
  }

  /// What each of them comes to, by name: `done` or its error number.
  private static Map<String, Object> attempts(String at) {
    Map<String, Object> results = new LinkedHashMap<>();
    String file = at + "/file";
    String fresh = at + "/new";
    for (String name :
        new String[] {"file", "directory", "link", "fifo", "null", "dangling", "none"}) {
      String path = at + "/" + name;
      String of = " of " + name;
      results.put("chmod" + of, outcome("chmod", path, 0600));
      results.put("lchown" + of, outcome("lchown", path, 1, 1));
      results.put("utimensat" + of, outcome("utimensat", -100, path, 0L, 0x100));
      results.put("truncate" + of, outcome("truncate", path, 0L));
      results.put("unlink" + of, outcome("unlink", path));
      results.put("rmdir" + of, outcome("rmdir", path));
      results.put("rename" + of, outcome("rename", path, fresh));
      results.put("rename onto" + of, outcome("rename", file, path));
      results.put("link" + of, outcome("link", path, fresh));
      results.put("link onto" + of, outcome("link", file, path));
      results.put("mkdir" + of, outcome("mkdir", path, 0755));
      results.put("mknod" + of, outcome("mknod", path, 010644, 0L));
      results.put("symlink" + of, outcome("symlink", "file", path));
      results.put("lsetxattr" + of, outcome("lsetxattr", path, "user.a", new byte[1], 1L, 0));
      results.put("lremovexattr" + of, outcome("lremovexattr", path, "user.a"));
      results.put("access for writing" + of, outcome("access", path, 2));
      results.put("access for running" + of, outcome("access", path, 1));
      for (int flags :
          new int[] {
            Posix.O_RDONLY,
            Posix.O_WRONLY,
            Posix.O_RDWR,
            Posix.O_RDWR | Posix.O_TRUNC,
            Posix.O_CREAT,
            Posix.O_CREAT | 0200, // O_EXCL
            Posix.O_RDONLY | 0200000, // O_DIRECTORY
            Posix.O_RDONLY | 0400000, // O_NOFOLLOW
            Posix.O_RDWR | 020200000, // O_TMPFILE
            Posix.O_WRONLY | 02000 // O_APPEND
          }) {
        String open = "open with 0%o".formatted(flags) + of;
        results.put(open, outcome("open", path, flags | Posix.O_NONBLOCK, 0644));
      }
    }
    results.put("mkdir of something new", outcome("mkdir", fresh, 0755));
    results.put(
        "creat of something new", outcome("open", fresh, Posix.O_CREAT | Posix.O_RDWR, 0644));
    results.put("link to something new", outcome("link", file, fresh));
    results.put("chdir to a file", outcome("chdir", file));
    results.put("a loop", outcome("open", at + "/loop", 0, 0));
    results.put("something below a file", outcome("open", file + "/x", 0, 0));
    int fd = Posix.open(file, Posix.O_RDONLY);
    results.put("write", outcome("write", fd, new byte[1], 1L));
    results.put("ftruncate", outcome("ftruncate", fd, 0L));
    results.put("fallocate", outcome("fallocate", fd, 0, 0L, 10L));
    results.put("fchmod", outcome("fchmod", fd, 0600));
    results.put("fchown", outcome("fchown", fd, 1, 1));
    results.put("futimens", outcome("futimens", fd, 0L));
    results.put("fsetxattr", outcome("fsetxattr", fd, "user.a", new byte[1], 1L, 0));
    results.put("fsync", outcome("fsync", fd));
    results.put("fdatasync", outcome("fdatasync", fd));
    results.put("syncfs", outcome("syncfs", fd));
    results.put("flock", outcome("flock", fd, 2));
    results.put("posix_fadvise", outcome("posix_fadvise", fd, 0L, 0L, 4));
    results.put("read of a directory", readOfDirectory(at + "/directory"));
    Posix.close(fd);
    return results;
  }

  private static Object readOfDirectory(String path) {
    int fd = Posix.open(path, Posix.O_RDONLY);
    Object result = outcome("read", fd, new byte[10], 10L);
    Posix.close(fd);
    return result;
  }

  private static Object outcome(String name, Object... arguments) {
    Posix.Result result = Posix.call(name, arguments);
    if (result.value() < 0) {
      return "error " + result.errno();
    }
    if (name.equals("open")) {
      Posix.close((int) result.value());
    }
    return "done";
  }
}
