package dev.sway.formats.source;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// A folder of this machine as the root of a tree. Whatever is opened in it is opened from there
/// on, component by component and never through a symbolic link: what somebody else renames or
/// replaces meanwhile cannot lead out of it. Thread-safe, one thread after another.
final class FolderTree implements AutoCloseable {
  /// An open directory itself.
  static final ByteName SELF = ByteName.of(".");

  /// How many directories are kept open at most, well below the usual limit of 1,024 descriptors.
  private static final int MAX_KEPT = 128;

  private final Path folder;
  private final int root;
  private final ReentrantLock lock = new ReentrantLock();

  /// The directories on the way to the one that was last worked in: the next one is near it.
  private final List<Kept> kept = new ArrayList<>();

  private boolean closed;

  private record Kept(ByteName name, int descriptor) {}

  private FolderTree(Path folder, int root) {
    this.folder = folder;
    this.root = root;
  }

  /// Opens `folder`, possibly through symbolic links.
  static FolderTree open(Path folder) throws SwayException {
    try {
      return new FolderTree(folder, LinuxFiles.openDirectory(folder.toString()));
    } catch (ErrnoException e) {
      throw e.errno() == ErrnoException.ENOTDIR
          ? new SwayException(
              FailureKind.BAD_ARCHIVE,
              folder + " is not a folder; give the root of an unpacked file system to rootfs:",
              e)
          : unreadable(folder.toString(), e);
    }
  }

  /// Something done with an open descriptor.
  @FunctionalInterface
  interface Work<T> {
    T on(int descriptor) throws IOException;
  }

  /// Opens the directory at `path` while `work` is done, which may work in the same one again.
  ///
  /// @throws SwayException of kind `storage`, also where an [ErrnoException] leaves `work`
  <T> T inDirectory(EntryPath path, Work<T> work) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException(folder + " is closed");
      }
      List<ByteName> names = path.components();
      int kept = Math.min(names.size(), MAX_KEPT);
      int descriptor = keepOpen(names.subList(0, kept));
      int last = descriptor;
      try {
        for (ByteName name : names.subList(kept, names.size())) {
          int next = LinuxFiles.openDirectory(descriptor, name);
          if (descriptor != last) {
            LinuxFiles.close(descriptor);
          }
          descriptor = next;
        }
        return work.on(descriptor);
      } finally {
        if (descriptor != last) {
          LinuxFiles.close(descriptor);
        }
      }
    } catch (ErrnoException e) {
      throw failure(path, e);
    } finally {
      lock.unlock();
    }
  }

  /// Opens the directory that `names` lead to, from where they part from those of the last time on.
  private int keepOpen(List<ByteName> names) throws ErrnoException {
    int common = 0;
    while (common < Math.min(names.size(), kept.size())
        && kept.get(common).name().equals(names.get(common))) {
      common++;
    }
    closeFrom(common);
    for (ByteName name : names.subList(common, names.size())) {
      kept.add(new Kept(name, LinuxFiles.openDirectory(lastKept(), name)));
    }
    return lastKept();
  }

  private int lastKept() {
    return kept.isEmpty() ? root : kept.getLast().descriptor();
  }

  private void closeFrom(int depth) {
    while (kept.size() > depth) {
      LinuxFiles.close(kept.removeLast().descriptor());
    }
  }

  /// Opens the regular file at `path` for reading while `work` is done.
  ///
  /// @throws SwayException of kind `storage`, also where it is not any more the file of `expected`
  <T> T inFile(EntryPath path, FileStatus.Version expected, Work<T> work) throws IOException {
    return inDirectory(
        path.parent(),
        parent -> {
          try {
            int file = LinuxFiles.openFile(parent, path.name());
            try {
              T result = work.on(file);
              requireUnchanged(path, expected, LinuxFiles.status(file).identity());
              return result;
            } finally {
              LinuxFiles.close(file);
            }
          } catch (ErrnoException e) {
            throw failure(path, e);
          }
        });
  }

  /// Makes sure that what is at `path` is still what it was.
  void requireUnchanged(EntryPath path, FileStatus.Version expected, FileStatus.Version actual)
      throws SwayException {
    if (!expected.equals(actual)) {
      throw changed(path, null);
    }
  }

  /// What a system call that failed at `path` means.
  SwayException failure(EntryPath path, ErrnoException cause) {
    return cause.isChange() ? changed(path, cause) : unreadable(text(path), cause);
  }

  /// The path on this machine, for people.
  String text(EntryPath path) {
    String base = folder.toString();
    return path.isRoot() ? base : (base.equals("/") ? "" : base) + path;
  }

  private SwayException changed(
      EntryPath path, @org.jspecify.annotations.Nullable ErrnoException cause) {
    return new SwayException(
        FailureKind.STORAGE,
        text(path) + " changed while it was read; export it again when nothing writes there",
        cause);
  }

  private static SwayException unreadable(String path, ErrnoException cause) {
    return new SwayException(
        FailureKind.STORAGE,
        "cannot read %s: %s%s"
            .formatted(
                path,
                cause.getMessage(),
                cause.errno() == ErrnoException.EACCES
                    ? "; export as a user who may, such as root"
                    : ""),
        cause);
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        closeFrom(0);
        LinuxFiles.close(root);
      }
    } finally {
      lock.unlock();
    }
  }
}
