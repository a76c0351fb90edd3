package dev.sway.lazyfsd.learn;

import dev.sway.lazyfsd.linux.AtomicWrite;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// A folder of small files that anybody can do without, also those that a loss of power takes: when
/// there are too many, those that were written longest ago go. Thread-safe; for one process at a
/// time.
final class BoundedFolder {
  private final Path folder;
  private final String ending;
  private final int most;
  private final int mostBytes;
  private final ReentrantLock writing = new ReentrantLock();

  /// A file.
  ///
  /// @param name without the ending
  /// @param written when
  record Entry(String name, long bytes, FileTime written) {}

  /// @param folder created where it is missing; what an earlier process has left half written in it
  ///   is removed
  /// @param ending of the files' names, with its dot
  /// @param most how many are kept
  /// @param mostBytes that one may have
  BoundedFolder(Path folder, String ending, int most, int mostBytes) throws IOException {
    this.folder = PrivateFolder.open(folder);
    this.ending = ending;
    this.most = most;
    this.mostBytes = mostBytes;
    AtomicWrite.removePartial(folder, ending);
  }

  private Path path(String name) {
    if (!name.matches("[0-9a-z-]{1,200}")) {
      throw new IllegalArgumentException("not a file's name: " + name);
    }
    return folder.resolve(name + ending);
  }

  /// The content of a file, or empty where there is none.
  ///
  /// @throws IOException where it cannot be read, or is longer than any that was written
  Optional<byte[]> read(String name) throws IOException {
    try (var in = Files.newInputStream(path(name))) {
      byte[] bytes = in.readNBytes(mostBytes + 1);
      if (bytes.length > mostBytes) {
        throw new IOException("%s has more than %d bytes".formatted(path(name), mostBytes));
      }
      return Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /// Writes a file, whole or not at all, and lets the oldest go.
  ///
  /// @return whether it was written: it was not too long
  boolean write(String name, byte[] bytes) throws IOException {
    if (bytes.length > mostBytes) {
      return false;
    }
    writing.lock();
    try {
      AtomicWrite.replace(path(name), bytes);
      List<Entry> entries = list();
      for (Entry old : entries.subList(0, Math.max(0, entries.size() - most))) {
        delete(old.name());
      }
    } finally {
      writing.unlock();
    }
    return true;
  }

  void delete(String name) throws IOException {
    Files.deleteIfExists(path(name));
  }

  /// The files, those that were written longest ago first.
  List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(ending)) {
          entry(file, name.substring(0, name.length() - ending.length())).ifPresent(entries::add);
        }
      }
    }
    entries.sort(Comparator.comparing(Entry::written).thenComparing(Entry::name));
    return entries;
  }

  private static Optional<Entry> entry(Path file, String name) throws IOException {
    try {
      return Optional.of(new Entry(name, Files.size(file), Files.getLastModifiedTime(file)));
    } catch (NoSuchFileException e) {
      // It went meanwhile.
      return Optional.empty();
    }
  }
}
