package dev.sway.testapps;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// All that stat(2), readlink(2), getxattr(2) and read(2) tell of a tree, as programs of the
/// machine print it: Java cannot open a file whose name is not UTF-8. Paths are in ISO 8859-1, one
/// character for each byte.
///
/// The size of a directory is left out: it is the file system's own affair.
final class TreeListing {
  /// Of each inode, apart from its xattrs and content: type and mode, owner, size, number of links,
  /// device number, time, inode number, path.
  private static final String STAT =
      "find . -print0 | sort -z | xargs -0 stat --printf '%f %u %g %s %h %t,%T %.9Y %i %n\\0'";

  private static final String LINKS = "find . -type l -printf '%p\\0%l\\0'";
  private static final String CONTENTS =
      "find . -type f -print0 | sort -z | xargs -0r sha256sum -z";

  /// `getfattr` calls names that need no quotes as they are; `-e hex` does so for values.
  private static final String XATTRS = "getfattr -R -P -h -d -m - -e hex . 2>/dev/null || true";

  private static final int TYPE_MASK = 0xf000;
  private static final int DIRECTORY = 0x4000;

  private final SortedMap<String, String> entries = new TreeMap<>();

  private TreeListing() {}

  static TreeListing of(Path root) throws IOException, InterruptedException {
    TreeListing listing = new TreeListing();
    listing.addAttributes(lines(Shell.bash(root, STAT), "\0"));
    List<String> links = lines(Shell.bash(root, LINKS), "\0");
    for (int i = 0; i + 1 < links.size(); i += 2) {
      listing.add(links.get(i), " -> " + links.get(i + 1));
    }
    for (String line : lines(Shell.bash(root, CONTENTS), "\0")) {
      listing.add(line.substring(66), " sha256:" + line.substring(0, 64));
    }
    listing.addXattrs(lines(Shell.bash(root, XATTRS), "\n"));
    return listing;
  }

  private void addAttributes(List<String> lines) {
    Map<String, String> firstOfInode = new HashMap<>();
    for (String line : lines) {
      String[] fields = line.split(" ", 9);
      int mode = Integer.parseInt(fields[0], 16);
      boolean directory = (mode & TYPE_MASK) == DIRECTORY;
      String first = firstOfInode.computeIfAbsent(fields[7], _ -> fields[8]);
      entries.put(
          fields[8],
          "mode=%o owner=%s:%s size=%s links=%s device=%s mtime=%s%s"
              .formatted(
                  mode,
                  fields[1],
                  fields[2],
                  directory ? "-" : fields[3],
                  fields[4],
                  fields[5],
                  fields[6],
                  first.equals(fields[8]) ? "" : " same-as=" + first));
    }
  }

  private void addXattrs(List<String> lines) {
    String path = "";
    for (String line : lines) {
      if (line.startsWith("# file: ")) {
        String name = unescaped(line.substring("# file: ".length()));
        path = name.equals(".") ? "." : "./" + name.replaceFirst("^\\./", "");
      } else if (!line.isEmpty()) {
        add(path, " " + line);
      }
    }
  }

  /// Undoes getfattr's octal escapes.
  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }

  private void add(String path, String text) {
    if (entries.computeIfPresent(path, (_, before) -> before + text) == null) {
      throw new AssertionError("no such entry in the listing: " + path);
    }
  }

  private static List<String> lines(Finished finished, String end) {
    List<String> lines =
        new ArrayList<>(List.of(new String(finished.stdout(), ISO_8859_1).split(end, -1)));
    lines.removeLast();
    return lines;
  }

  int size() {
    return entries.size();
  }

  /// What is there at `path`, such as `./etc/passwd`; empty where nothing is.
  String at(String path) {
    return entries.getOrDefault(path, "");
  }

  /// Each entry that is not the same in `other`, with what both have.
  List<String> differences(TreeListing other) {
    SortedMap<String, String> all = new TreeMap<>(other.entries);
    all.putAll(entries);
    List<String> differences = new ArrayList<>();
    for (String path : all.keySet()) {
      if (!at(path).equals(other.at(path))) {
        differences.add("%s%n  %s%n  %s".formatted(path, at(path), other.at(path)));
      }
    }
    return differences;
  }
}
