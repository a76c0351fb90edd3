package dev.sway.testapps;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// What integration tests need of a machine. A test on a machine that lacks it is skipped, and the
/// reason is printed; `testapps/verify` installs everything.
final class Requirements {
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  /// A root file system of Debian packages, as a tar that `testapps/rootfs` makes.
  enum RealImage {
    SCIPY(30_000, "./usr/bin/python3"),
    PERL(7_000, "./usr/bin/perl"),
    GCC(7_000, "./usr/bin/gcc");

    private final int entries;
    private final String program;

    RealImage(int entries, String program) {
      this.entries = entries;
      this.program = program;
    }

    /// A lower bound of how many files it has.
    int entries() {
      return entries;
    }

    /// What it is for.
    String program() {
      return program;
    }
  }

  private Requirements() {}

  /// Root, FUSE with libfuse 2, runc, and GNU tar with extended attributes: enough to mount and
  /// run.
  static void runs() {
    need("root".equals(System.getProperty("user.name")), "root, to mount: use sudo");
    need(Files.exists(Path.of("/dev/fuse")), "/dev/fuse: modprobe fuse");
    need(onPath("runc"), "runc: apt-get install runc");
    need(onPath("getfattr"), "getfattr and setfattr: apt-get install attr");
    need(Files.isExecutable(BUSYBOX), BUSYBOX + ": apt-get install busybox-static");
  }

  /// skopeo, and a registry for it to pull from.
  static void registry() {
    need(Files.isExecutable(BUSYBOX), BUSYBOX + ": apt-get install busybox-static");
    need(onPath("skopeo"), "skopeo: apt-get install skopeo");
    need(onPath("docker-registry"), "docker-registry: apt-get install docker-registry");
  }

  /// A static busybox, the only program of the small test images.
  static Path busybox() {
    return BUSYBOX;
  }

  /// The tar of an image. Where the variable is set the file must be there.
  static Path tar(RealImage image) {
    String variable = "SWAY_" + image + "_TAR";
    String path = System.getenv(variable);
    String made = "testapps/rootfs " + image.name().toLowerCase(Locale.ROOT);
    need(path != null, "%s, a tar made by '%s'".formatted(variable, made));
    Path tar = Path.of(String.valueOf(path));
    if (!Files.isRegularFile(tar)) {
      throw new IllegalStateException(variable + " names " + tar + ", which is no file");
    }
    return tar;
  }

  private static boolean onPath(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/usr/sbin:/bin");
    for (String folder : path.split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  private static void need(boolean there, String what) {
    if (!there) {
      String reason = "skipped, this machine lacks " + what;
      System.out.println(reason);
      Assumptions.abort(reason);
    }
  }
}
