package dev.sway.lazyfsd.guess;

import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the dynamic loader (ld.so(8)) asks for after the beginning of a program or library: the
/// data that it relocates, the tables that it does that with, and the libraries that are needed.
/// Thread-safe.
final class ElfFiles {
  /// Of the end of a file, where its data are.
  static final long END_BYTES = 64 << 10;

  /// That are looked in for a library because a file says so.
  private static final int MOST_FOLDERS = 32;

  /// Linux takes no longer paths.
  private static final int LONGEST_PATH = 4096;

  /// Where loaders look without being told.
  private static final List<String> USUAL =
      List.of("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib");

  private final Guesses guesses;
  private final ImagePaths paths;

  /// Where the loader is: the libraries of its system are beside it.
  private volatile String besideLoader = "";

  ElfFiles(Guesses guesses, ImagePaths paths) {
    this.guesses = guesses;
    this.paths = paths;
  }

  void guess(long inode, ElfHeader header) throws IOException {
    List<FileRange> soon = new ArrayList<>();
    for (ElfHeader.Load load : header.loads()) {
      if (load.writable()) {
        soon.add(load.range());
      }
    }
    if (header.interpreter().isPresent()) {
      header.at(header.entry(), 1).ifPresent(soon::add);
      String loader = text(inode, header.interpreter().get());
      String real = paths.resolve(loader);
      besideLoader = real.substring(0, Math.max(0, real.lastIndexOf('/')));
      boolean _ = guesses.begin(loader);
    }
    guesses.begin(inode, soon);
    if (header.dynamic().isPresent()) {
      MemorySegment table =
          guesses.read(inode, header.dynamic().get().first(ElfDynamic.MOST_BYTES));
      ElfDynamic dynamic = ElfDynamic.parse(table, header);
      guesses.begin(inode, dynamic.tables());
      if (dynamic.strings().isPresent() && !dynamic.needed().isEmpty()) {
        needed(inode, dynamic, dynamic.strings().get());
      }
    }
  }

  private void needed(long inode, ElfDynamic dynamic, FileRange strings) throws IOException {
    List<String> folders = new ArrayList<>();
    if (dynamic.searched().isPresent()) {
      String path = guesses.path(inode);
      String origin = path.substring(0, Math.max(0, path.lastIndexOf('/')));
      String searched = string(inode, strings, dynamic.searched().get());
      for (String folder : searched.split(":", MOST_FOLDERS)) {
        folders.add(folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin));
      }
    }
    folders.add(besideLoader);
    folders.addAll(USUAL);
    for (long at : dynamic.needed()) {
      String name = string(inode, strings, at);
      if (name.startsWith("/")) {
        boolean _ = guesses.begin(name);
      } else if (!name.isEmpty() && !name.contains("/")) {
        for (String folder : folders) {
          if (folder.startsWith("/") && guesses.begin(folder + "/" + name)) {
            break;
          }
        }
      }
    }
  }

  /// A string of the string table; empty where it has none there.
  private String string(long inode, FileRange strings, long at) throws IOException {
    return at < 0 || at >= strings.length()
        ? ""
        : text(inode, new FileRange(strings.offset() + at, strings.length() - at));
  }

  /// What is at the beginning of `range` up to a zero byte; empty where there is none soon.
  private String text(long inode, FileRange range) throws IOException {
    MemorySegment bytes = guesses.read(inode, range.first(LONGEST_PATH));
    for (long at = 0; at < bytes.byteSize(); at++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, at) == 0) {
        return new String(
            bytes.asSlice(0, at).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
      }
    }
    return "";
  }
}
