package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One mount, as `/proc/self/mountinfo` lists it (proc(5)).
///
/// @param device the minor number of its device; of a FUSE mount the kernel's number of its
///   connection
/// @param point where it is mounted
/// @param type of the file system
/// @param source as whoever mounted it named it
public record MountInfo(String device, Path point, String type, String source) {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");

  /// The mounts below `folder`, which has no symbolic links in its path, but not one at `folder`
  /// itself; the latest first: the order in which they can be unmounted.
  public static List<MountInfo> below(Path folder) throws IOException {
    return parse(Files.readString(TABLE, StandardCharsets.ISO_8859_1), folder);
  }

  /// The mounts in `table` below `folder`.
  static List<MountInfo> parse(String table, Path folder) {
    List<MountInfo> found = new ArrayList<>();
    for (String line : table.split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      int separator = List.of(fields).indexOf("-");
      if (fields.length < 7 || separator < 0 || separator + 2 >= fields.length) {
        continue;
      }
      // Compared as text first: other mounts may have paths that this process's locale lacks.
      String point = unescape(fields[4]);
      if (point.startsWith(folder + "/")) {
        found.addFirst(
            new MountInfo(
                fields[2].substring(fields[2].indexOf(':') + 1),
                Path.of(point),
                fields[separator + 1],
                unescape(fields[separator + 2])));
      }
    }
    return found;
  }

  /// Undoes the kernel's octal escapes of space, tab, newline and backslash.
  private static String unescape(String field) {
    byte[] raw = field.getBytes(StandardCharsets.ISO_8859_1);
    byte[] plain = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '\\' && i + 3 < raw.length) {
        plain[length++] =
            (byte) Integer.parseInt(new String(raw, i + 1, 3, StandardCharsets.ISO_8859_1), 8);
        i += 3;
      } else {
        plain[length++] = raw[i];
      }
    }
    return new String(plain, 0, length, StandardCharsets.UTF_8);
  }
}
