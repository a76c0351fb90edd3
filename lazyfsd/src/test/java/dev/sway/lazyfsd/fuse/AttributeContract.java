package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// stat(2), readlink(2), getxattr(2) and statfs(2).
interface AttributeContract extends Mounted {
  int EOPNOTSUPP = 95;

  private String path(String inside) {
    return root() + inside;
  }

  @Test
  default void everyTypeIsWhatItWas() {
    Map<String, Integer> modes = new HashMap<>();
    modes.put("/", 040755);
    modes.put("/file", 0100644);
    modes.put("/directory", 040755);
    modes.put("/link", 0120777);
    modes.put("/dangling", 0120777);
    modes.put("/fifo", 010644);
    modes.put("/null", 020666);
    modes.put("/block", 060644);
    modes.put("/odd/bits", 0107777);
    modes.put("/odd/none", 0100000);
    modes.forEach((inside, mode) ->
        assertThat(Posix.stat(path(inside)).mode()).as(inside).isEqualTo((int) mode));
  }

  @Test
  default void devicesHaveTheirNumbers() {
    assertThat(Posix.stat(path("/null"))).extracting("major", "minor").containsExactly(1, 3);
    assertThat(Posix.stat(path("/block"))).extracting("major", "minor").containsExactly(7, 300);
    assertThat(Posix.stat(path("/far")))
        .extracting("major", "minor")
        .containsExactly(4095, 1048575);
  }

  @Test
  default void ownersSizesAndTimesAreExact() {
    assertThat(Posix.stat(path("/odd/owner"))).extracting("uid", "gid").containsExactly(-2, -3);
    assertThat(Posix.stat(path("/odd/bits"))).extracting("uid", "gid").containsExactly(5, 6);
    long[][] times = {
      {0, 0},
      {-2, 250_000_000},
      {-1_262_304_000, 0},
      {7_258_118_400L, 1},
      {1_000_000_000, 123_456_789}
    };
    for (int i = 0; i < times.length; i++) {
      Posix.Stat stat = Posix.stat(path("/odd/time-" + i));
      assertThat(new long[] {stat.seconds(), stat.nanos()}).as("time " + i).isEqualTo(times[i]);
    }
    Posix.Stat noise = Posix.stat(path("/noise"));
    assertThat(noise.size()).isEqualTo(specimen().noise.length);
    assertThat(noise.blocks()).isEqualTo((noise.size() + 511) / 512);
    assertThat(Posix.stat(path("/hole")).size()).isEqualTo(1L << 40);
    assertThat(Posix.stat(path("/empty"))).extracting("size", "blocks").containsExactly(0L, 0L);
    assertThat(Posix.stat(path("/link")).size()).isEqualTo("file".length());
  }

  @Test
  default void hardLinksAreOneInodeAndDirectoriesCountTheirs() {
    Posix.Stat first = Posix.stat(path("/hard/first"));
    assertThat(first.links()).isEqualTo(3);
    assertThat(Posix.stat(path("/hard/second"))).isEqualTo(first);
    assertThat(Posix.stat(path("/hard/deep/third"))).isEqualTo(first);
    assertThat(Posix.stat(path("/hard")).links())
        .as("itself, its dot, deep's two dots")
        .isEqualTo(3);
    assertThat(Posix.stat(path("/directory")).links()).isEqualTo(2);
  }

  @Test
  default void inodeNumbersStayWhenTheKernelHasForgottenThemAndInEveryMount() throws Exception {
    List<String> some = List.of("/", "/file", "/hard/deep", "/hard/deep/third", "/link", "/null");
    List<Posix.Stat> before = some.stream().map(inside -> Posix.stat(path(inside))).toList();
    FuseConformance.dropCaches();
    assertThat(some.stream().map(inside -> Posix.stat(path(inside))).toList()).isEqualTo(before);
    FuseMount other = mount(specimenView(), "other");
    assertThat(some.stream().map(inside -> Posix.stat(other.point() + inside)).toList())
        .isEqualTo(before);
  }

  @Test
  default void symbolicLinksOfAnyLengthAreReadAndKept() throws Exception {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    HookedView view = view(image.symlink("/link", "to/there"));
    Path point = mount(view, "links").point();
    assertThat(readlink(point + "/link", 100)).isEqualTo("to/there");
    assertThat(readlink(path("/long-link"), 5000)).isEqualTo(Specimen.LONG_TARGET);
    assertThat(readlink(path("/long-link"), 10)).isEqualTo("tttttttttt");
    assertThat(readlink(path("/dangling"), 100)).isEqualTo("nowhere/at/all");
    assertThat(Posix.call("open", path("/loop"), 0, 0).errno()).as("ELOOP").isEqualTo(40);
    assertThat(Posix.call("readlink", path("/file"), new byte[10], 10L).errno())
        .isEqualTo(Errno.EINVAL.number());
  }

  private static String readlink(String path, int size) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(size);
      long length = Posix.call("readlink", path, text, (long) size).ok();
      return new String(
          text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  @Test
  default void missingNamesAreRememberedToo() throws Exception {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    HookedView view = view(image.file("/file", "x"));
    Path point = mount(view, "missing").point();
    for (int i = 0; i < 5; i++) {
      assertThat(Posix.call("access", point + "/none", 0).errno()).isEqualTo(Errno.ENOENT.number());
    }
    assertThat(view.lookups.get()).isEqualTo(1);
  }

  @Test
  default void impossiblePathsFailAsEverywhere() {
    String tooLong = "n".repeat(256);
    assertThat(Posix.call("access", path("/" + tooLong), 0).errno()).isEqualTo(36);
    assertThat(Posix.call("access", path("/directory/" + "n".repeat(1000)), 0).errno())
        .as("ENAMETOOLONG")
        .isEqualTo(36);
    assertThat(Posix.call("access", path("/file/x"), 0).errno()).isEqualTo(Errno.ENOTDIR.number());
    assertThat(Posix.call("access", path("/file/"), 0).errno()).isEqualTo(Errno.ENOTDIR.number());
    assertThat(Posix.call("access", path("/directory/"), 0).value()).isZero();
  }

  @Test
  default void extendedAttributesAreExact() {
    assertThat(xattr("/xattrs/file", "user.text")).isEqualTo(Specimen.TEXT);
    assertThat(xattr("/xattrs/file", "user.empty")).isEmpty();
    assertThat(xattr("/xattrs/file", "user.binary")).isEqualTo(Specimen.BINARY_XATTR);
    assertThat(xattr("/xattrs/file", "user.large")).isEqualTo(Specimen.LARGE_XATTR);
    assertThat(xattr("/xattrs/file", "trusted.mine")).isEqualTo(Specimen.TEXT);
    assertThat(xattr("/xattrs/folder", "user.a")).isEqualTo(Specimen.TEXT);
    assertThat(xattr("/xattrs/link", "trusted.l")).isEqualTo(Specimen.TEXT);
    assertThat(xattr("/bin/cat", "security.capability")).isEqualTo(Specimen.READ_SEARCH);
    assertThat(xattr("/xattrs/listed", "system.posix_acl_access")).isEqualTo(Specimen.ACCESS_LIST);
    assertThat(getxattr("/xattrs/file", "user.none", 100).errno())
        .isEqualTo(Errno.ENODATA.number());
    assertThat(getxattr("/xattrs/none", "user.text", 0).errno()).isEqualTo(Errno.ENODATA.number());
  }

  @Test
  default void sizeOfZeroAsksHowMuchAndTooLittleRoomIsAnError() {
    assertThat(getxattr("/xattrs/file", "user.text", 0).ok()).isEqualTo(Specimen.TEXT.length);
    assertThat(getxattr("/xattrs/file", "user.large", 0).ok()).isEqualTo(1 << 16);
    assertThat(getxattr("/xattrs/file", "user.empty", 0).ok()).isZero();
    assertThat(getxattr("/xattrs/file", "user.text", Specimen.TEXT.length).ok())
        .isEqualTo(Specimen.TEXT.length);
    int small = Specimen.TEXT.length - 1;
    assertThat(getxattr("/xattrs/file", "user.text", small).errno())
        .isEqualTo(Errno.ERANGE.number());
    assertThat(getxattr("/xattrs/file", "user.large", 65535).errno())
        .isEqualTo(Errno.ERANGE.number());
    assertThat(list("/xattrs/file", 0).ok()).isEqualTo(listed("/xattrs/file").length());
    assertThat(list("/xattrs/file", 5).errno()).isEqualTo(Errno.ERANGE.number());
  }

  @Test
  default void namesOfExtendedAttributesAreListed() {
    assertThat(listed("/xattrs/file").split("\0", 0))
        .containsExactlyInAnyOrder(
            "user.text", "user.empty", "user.binary", "user.large", "trusted.mine");
    assertThat(listed("/xattrs/link")).isEqualTo("trusted.l\0");
    assertThat(listed("/xattrs/none")).isEmpty();
  }

  @Test
  default void imageWithoutExtendedAttributesHasNone() throws Exception {
    TestImage image = new TestImage(Files.createTempDirectory(folder(), "image"));
    Path point = mount(view(image.file("/file", "x")), "plain").point();
    for (int i = 0; i < 2; i++) {
      String file = point + "/file";
      assertThat(Posix.call("lgetxattr", file, "user.a", new byte[1], 0L).errno())
          .isIn(Errno.ENODATA.number(), EOPNOTSUPP);
      Posix.Result names = Posix.call("llistxattr", file, new byte[1], 0L);
      assertThat(names.value() == 0 || names.errno() == EOPNOTSUPP).as(names.toString()).isTrue();
    }
    assertThat(Command.run("getfattr", "-d", "-m", "-", point.resolve("file")))
        .isEqualTo(new Command.Ended(0, ""));
  }

  private Posix.Result getxattr(String inside, String name, int size) {
    return Posix.call("lgetxattr", path(inside), name, new byte[size], (long) size);
  }

  private byte[] xattr(String inside, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(1 << 16);
      long length = Posix.call("lgetxattr", path(inside), name, value, value.byteSize()).ok();
      return value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private Posix.Result list(String inside, int size) {
    return Posix.call("llistxattr", path(inside), new byte[size], (long) size);
  }

  private String listed(String inside) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(1 << 16);
      long length = Posix.call("llistxattr", path(inside), value, value.byteSize()).ok();
      return new String(
          value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  default void statfsSaysHowMuchThereIsAndThatNothingIsFree() throws Exception {
    String[] fields =
        Command.run("stat", "-f", "-c", "%b %f %a %c %d %l %s %S", root())
            .output()
            .strip()
            .split(" ", -1);
    assertThat(fields)
        .containsExactly(
            Long.toString((HookedView.BYTES + 4095) / 4096),
            "0",
            "0",
            Long.toString(HookedView.INODES),
            "0",
            "255",
            "4096",
            "4096");
  }
}
