package dev.sway.lazyfsd.guess;

import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.view.ImagePaths;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the files of Python modules in an image, as CPython's import system does (The Python
/// Language Reference, chapter 5), as far as that can be known from outside: in the folders of the
/// installation, and in those in which others were found. Each is found once. Thread-safe.
final class PythonModules {
  private static final Pattern PROGRAM = Pattern.compile("python(3\\.(\\d+))");
  private static final Pattern ROOT =
      Pattern.compile("(.*/(?:site-packages|dist-packages|python3\\.(\\d+)))/.*");
  private static final String CACHE = "__pycache__";

  /// As libraries that are modules have it in their names.
  private static final String MACHINE =
      System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");

  /// Folders that are remembered; of an image with more, later ones have no modules.
  private static final int MOST_FOLDERS = 8192;

  /// Entries of all folders that are.
  private static final int MOST_ENTRIES = 200_000;

  /// Folders that modules are looked for in.
  private static final int MOST_ROOTS = 64;

  private final ImageView view;
  private final ImagePaths paths;
  private final Set<String> roots = new CopyOnWriteArraySet<>();
  private final Set<String> found = ConcurrentHashMap.newKeySet();
  private final Map<String, Map<String, Entry>> folders = new ConcurrentHashMap<>();

  private final AtomicInteger visited = new AtomicInteger();

  /// The minor version of CPython 3; empty while it is not known.
  private volatile String version = "";

  /// What a folder has.
  private record Entry(long inode, boolean folder) {}

  PythonModules(ImageView view, ImagePaths paths) {
    this.view = view;
    this.paths = paths;
  }

  /// Learns from the interpreter's own place where its modules are; answers whether it is one.
  ///
  /// @param path of a program
  /// @param real the same without symbolic links; the two differ in a virtual environment
  boolean interpreter(String path, String real) throws IOException {
    Matcher program = PROGRAM.matcher(name(real));
    if (!program.matches()) {
      return false;
    }
    version = program.group(2);
    for (String file : List.of(path, real)) {
      String prefix = folder(folder(file));
      String lib = prefix + "/lib/python" + program.group(1);
      for (String root :
          List.of(
              lib,
              lib + "/lib-dynload",
              lib + "/site-packages",
              lib + "/dist-packages",
              prefix + "/local/lib/python" + program.group(1) + "/dist-packages",
              prefix + "/lib/python3/dist-packages")) {
        if (!entries(root).isEmpty()) {
          boolean _ = addRoot(root);
        }
      }
    }
    return true;
  }

  /// A module's file was read: others are where it is.
  ///
  /// @return the folder of its package
  String seen(String file) {
    Matcher root = ROOT.matcher(file);
    String folder = folder(file);
    String parent = name(folder).equals(CACHE) ? folder(folder) : folder;
    if (!root.matches()) {
      // A program that brings its modules.
      boolean _ = addRoot(parent);
    } else if (addRoot(root.group(1)) && root.group(2) != null) {
      version = root.group(2);
      boolean _ = addRoot(root.group(1) + "/lib-dynload");
    }
    return parent;
  }

  /// Answers whether it is a new one.
  private boolean addRoot(String root) {
    return roots.size() < MOST_ROOTS && roots.add(root);
  }

  /// The files that an import statement leads to, but for those that were answered before.
  ///
  /// @param folder of the package of the importing module; empty where it is in none
  /// @return their inodes
  List<Long> files(String folder, PythonImport wanted) throws IOException {
    List<Long> files = new ArrayList<>();
    if (wanted.level() > PythonImport.MOST_LEVELS) {
      return files;
    }
    if (wanted.level() > 0) {
      String base = folder;
      for (int i = 1; i < wanted.level(); i++) {
        base = folder(base);
      }
      if (!base.isEmpty()) {
        boolean _ = descend(base, wanted, files);
      }
      return files;
    }
    for (String root : roots) {
      if (descend(root, wanted, files)) {
        break;
      }
    }
    return files;
  }

  /// Answers whether `base` has the first module of the name.
  private boolean descend(String base, PythonImport wanted, List<Long> files) throws IOException {
    String at = base;
    boolean any = wanted.name().isEmpty();
    for (String part : wanted.name().split("\\.", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      if (!module(at, part, files)) {
        return any;
      }
      any = true;
      Entry nested = entries(at).get(part);
      if (nested == null || !nested.folder()) {
        // A plain module: what is in it is no module.
        return true;
      }
      at = at + "/" + part;
    }
    for (String from : wanted.from()) {
      // A module, or anything else that the package has.
      boolean _ = module(at, from, files);
    }
    return any;
  }

  /// Finds the module `name` in a folder; answers whether there is one.
  private boolean module(String folder, String name, List<Long> files) throws IOException {
    Map<String, Entry> entries = entries(folder);
    Entry nested = entries.get(name);
    boolean packaged = nested != null && nested.folder();
    if (packaged && add(folder + "/" + name, "__init__", files)) {
      return true;
    }
    String tag = name + ".cpython-3" + version;
    for (String library :
        List.of(
            tag + "-" + MACHINE + "-linux-gnu.so",
            tag + "-" + MACHINE + "-linux-musl.so",
            name + ".abi3.so",
            name + ".so")) {
      Entry file = entries.get(library);
      if (file != null) {
        once(folder + "/" + library, file, files);
        return true;
      }
    }
    // Else a folder without a module of its own, in which others may be.
    return add(folder, name, files) || packaged;
  }

  /// Adds the file of the module `name` in a folder that is compiled, else its source; answers
  /// whether there is one.
  private boolean add(String folder, String name, List<Long> files) throws IOException {
    Entry compiled = entries(folder + "/" + CACHE).get(name + ".cpython-3" + version + ".pyc");
    Entry file = compiled != null ? compiled : entries(folder).get(name + ".py");
    if (file == null) {
      return false;
    }
    once(folder + "/" + name, file, files);
    return true;
  }

  private void once(String path, Entry file, List<Long> files) {
    if (found.add(path)) {
      files.add(file.inode());
    }
  }

  /// What the folder at `path` has; nothing where there is none.
  private Map<String, Entry> entries(String path) throws IOException {
    Map<String, Entry> known = folders.get(path);
    if (known != null) {
      return known;
    }
    if (folders.size() >= MOST_FOLDERS) {
      return Map.of();
    }
    Map<String, Entry> entries = new HashMap<>();
    Optional<Long> folder = inode(path);
    if (folder.isPresent() && visited.get() < MOST_ENTRIES) {
      view.entries(
          folder.get(),
          0,
          (name, inode, mode, _) -> {
            entries.put(
                new String(name.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8),
                new Entry(inode, FileType.ofMode(mode).orElse(null) == FileType.DIRECTORY));
            return visited.incrementAndGet() < MOST_ENTRIES;
          });
    }
    folders.put(path, entries);
    return entries;
  }

  /// The inode of the folder at `path`, by way of the folder above where that is known.
  private Optional<Long> inode(String path) throws IOException {
    Map<String, Entry> above = folders.get(folder(path));
    Entry entry = above == null ? null : above.get(name(path));
    if (entry != null && entry.folder()) {
      return Optional.of(entry.inode());
    }
    if (above != null && entry == null) {
      return Optional.empty();
    }
    return paths
        .find(path)
        .filter(found -> FileType.ofMode(found.mode()).orElse(null) == FileType.DIRECTORY)
        .map(found -> found.number());
  }

  private static String folder(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
