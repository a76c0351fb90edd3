package dev.sway.lazyfsd.fuse;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.Extent;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.LayerEntry;
import dev.sway.lazyfsd.fixture.Command;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// An image with one of everything that a file system can show, and what it should read as.
final class Specimen {
  static final int MANY = 100_000;
  static final int SETUID_OWNER = 1234;
  static final byte[] TEXT = "content\n".getBytes(StandardCharsets.UTF_8);
  static final String LONG_TARGET = "t".repeat(4095);

  /// 64 KiB, the largest that Linux has.
  static final byte[] LARGE_XATTR = Randomized.bytes(new Random(64), 1 << 16);

  static final byte[] BINARY_XATTR = {0, -1, '\n', '=', 0};

  /// An access list (acl(5)) that lets the user 65534 read what others may not: version 2;
  /// user::rw-, user:65534:r--, group::---, mask::r--, other::---.
  static final byte[] ACCESS_LIST =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000600ffffffff"
                  + "02000400feff0000"
                  + "04000000ffffffff"
                  + "10000400ffffffff"
                  + "20000000ffffffff");

  /// `CAP_DAC_READ_SEARCH`, permitted and effective (capabilities(7), `VFS_CAP_REVISION_2`).
  static final byte[] READ_SEARCH =
      HexFormat.of().parseHex("0100000204000000000000000000000000000000");

  private static final int NOISE = 3_000_017;
  private static final int LARGE = 8 << 20;

  final TestImage image;

  /// What `/noise` reads as, which lies in many extents with holes between them.
  final byte[] noise = new byte[NOISE];

  /// Where `/noise` has data: pairs of beginning and end.
  final List<int[]> data = new ArrayList<>();

  /// What `/large` reads as, which has no holes.
  final byte[] large = Randomized.bytes(new Random(8), LARGE);

  /// Every name in `/names`.
  final List<byte[]> names = new ArrayList<>();

  /// @param folder for the index
  Specimen(Path folder) throws IOException {
    image = new TestImage(folder);
    types();
    attributes();
    xattrs();
    names();
    noise();
    large();
    permissions();
    for (int i = 0; i < MANY; i++) {
      empty(TestImage.path("/many/entry-" + i), TestImage.attributes(0644));
    }
  }

  private void empty(EntryPath path, Attributes attributes) {
    image.file(path, attributes, new byte[0]);
  }

  static Attributes owned(int permissions, int uid, int gid) {
    return new Attributes(permissions, uid, gid, 0, 0, new TreeMap<>());
  }

  private static Attributes with(int permissions, Map<String, byte[]> xattrs) {
    TreeMap<ByteName, byte[]> named = new TreeMap<>();
    xattrs.forEach((name, value) -> named.put(ByteName.of(name), value));
    return new Attributes(permissions, 0, 0, 0, 0, named);
  }

  private void types() {
    Attributes plain = TestImage.attributes(0644);
    image
        .file(TestImage.path("/file"), plain, TEXT)
        .file("/empty", "")
        .directory("/directory")
        .file("/directory/child", "child")
        .symlink("/link", "file")
        .symlink("/dangling", "nowhere/at/all")
        .symlink("/loop", "loop")
        .symlink("/long-link", LONG_TARGET)
        .fifo("/fifo")
        .entry(new LayerEntry.Device(TestImage.path("/null"), owned(0666, 0, 0), false, 1, 3))
        .entry(new LayerEntry.Device(TestImage.path("/block"), plain, true, 7, 300))
        .entry(new LayerEntry.Device(TestImage.path("/far"), plain, false, 4095, 1048575))
        .file("/hard/first", "shared")
        .entry(new LayerEntry.HardLink(path("/hard/second"), path("/hard/first")))
        .entry(new LayerEntry.HardLink(path("/hard/deep/third"), path("/hard/first")));
  }

  private static EntryPath path(String path) {
    return TestImage.path(path);
  }

  private void attributes() {
    empty(path("/odd/owner"), owned(0600, -2, -3));
    empty(path("/odd/bits"), owned(07777, 5, 6));
    empty(path("/odd/none"), owned(0, 0, 0));
    long[] seconds = {0, -2, -1_262_304_000, 7_258_118_400L, 1_000_000_000};
    int[] nanos = {0, 250_000_000, 0, 1, 123_456_789};
    for (int i = 0; i < seconds.length; i++) {
      empty(
          path("/odd/time-" + i),
          new Attributes(0644, 0, 0, seconds[i], nanos[i], new TreeMap<>()));
    }
  }

  private void xattrs() {
    image
        .file(
            path("/xattrs/file"),
            with(
                0644,
                Map.of(
                    "user.text", TEXT,
                    "user.empty", new byte[0],
                    "user.binary", BINARY_XATTR,
                    "user.large", LARGE_XATTR,
                    "trusted.mine", TEXT)),
            TEXT)
        .entry(new LayerEntry.Directory(path("/xattrs/folder"), with(0755, Map.of("user.a", TEXT))))
        .entry(
            new LayerEntry.Symlink(
                path("/xattrs/link"), with(0777, Map.of("trusted.l", TEXT)), ByteName.of("file")))
        .file("/xattrs/none", "none")
        .file(
            path("/xattrs/listed"),
            with(0640, Map.of("system.posix_acl_access", ACCESS_LIST)),
            TEXT);
  }

  private void names() {
    for (int b = 1; b < 256; b++) {
      if (b != '/') {
        names.add(new byte[] {'x', (byte) b});
        names.add(new byte[] {(byte) b, 'x', (byte) b});
      }
    }
    byte[] longest = new byte[255];
    Arrays.fill(longest, (byte) 'n');
    names.add(longest);
    byte[] highest = new byte[255];
    Arrays.fill(highest, (byte) 0xff);
    names.add(highest);
    for (byte[] name : names) {
      EntryPath inside = new EntryPath(List.of(ByteName.of("names"), ByteName.of(name)));
      image.file(inside, TestImage.attributes(0644), name);
    }
  }

  private void noise() {
    Random random = new Random(3);
    List<Extent> extents = new ArrayList<>();
    int at = 5000;
    while (at < NOISE - 100_000) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 300 : 90_000);
      byte[] chunk = Randomized.bytes(random, length + 50);
      extents.add(new Extent(at, image.chunk(chunk), 20, length));
      System.arraycopy(chunk, 20, noise, at, length);
      data.add(new int[] {at, at + length});
      // Neighbours without a hole between them are one run of data.
      at += length + (random.nextBoolean() ? random.nextInt(70_000) : 0);
    }
    image.file("/noise", NOISE, extents);
    image.file("/hole", 1L << 40, List.of());
  }

  private void large() {
    List<Extent> extents = new ArrayList<>();
    int step = 512 << 10;
    for (int at = 0; at < LARGE; at += step) {
      int chunk = image.chunk(Arrays.copyOfRange(large, at, at + step));
      extents.add(new Extent(at, chunk, 0, step));
    }
    image.file("/large", LARGE, extents);
  }

  private void permissions() throws IOException {
    image
        .file(path("/access/root-only"), owned(0600, 0, 0), TEXT)
        .file(path("/access/of-nobody"), owned(0400, Command.NOBODY, 0), TEXT)
        .file(path("/access/denied-to-its-owner"), owned(0044, Command.NOBODY, 0), TEXT)
        .file(path("/access/of-the-group"), owned(0040, 0, Command.NOBODY), TEXT)
        .file(path("/access/of-another-group"), owned(0640, 0, 100), TEXT)
        .file(path("/access/of-all"), owned(0004, 0, 0), TEXT)
        .entry(new LayerEntry.Directory(path("/access/closed"), owned(0700, 0, 0)))
        .file(path("/access/closed/inside"), owned(0644, 0, 0), TEXT)
        .entry(new LayerEntry.Directory(path("/access/unlisted"), owned(0711, 0, 0)))
        .file(path("/access/unlisted/inside"), owned(0644, 0, 0), TEXT)
        .file(path("/bin/id"), owned(04755, SETUID_OWNER, 0), program("id"))
        .file(path("/bin/true"), owned(0755, 0, 0), program("true"))
        .file(
            path("/bin/cat"),
            with(0755, Map.of("security.capability", READ_SEARCH)),
            program("cat"));
  }

  private static byte[] program(String name) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Files.copy(Path.of("/usr/bin", name), bytes);
    return bytes.toByteArray();
  }
}
