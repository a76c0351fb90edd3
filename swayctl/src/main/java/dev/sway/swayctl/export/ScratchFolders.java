package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// The temporary folders of exports, `sway-export-RANDOM` each, in one parent folder.
///
/// Beside each is its lock, the file `sway-export-RANDOM.lock`, locked as long as the export lives,
/// however that ends. The file is there before the folder is made and until it is gone, so that a
/// kill at any moment leaves what can be told from the folders of others; the next export removes
/// it. That takes only files and folders of the same user, not links to any, with a lock that
/// nobody holds. Thread-safe.
public final class ScratchFolders {
  private static final String PREFIX = "sway-export-";
  private static final String SUFFIX = ".lock";
  private static final int ATTEMPTS = 10;

  private final Path parent;
  private final Consumer<String> notices;

  /// @param parent existing folder, which others may use too
  /// @param notices is told, in one line each, what was removed or could not be
  public ScratchFolders(Path parent, Consumer<String> notices) {
    this.parent = parent;
    this.notices = notices;
  }

  /// A new folder with nothing in it, for its owner alone, which is deleted at the end of
  /// `cleanUp`. What killed exports have left is gone afterwards.
  public Path create(CleanUp cleanUp) throws IOException {
    Path file = locked(cleanUp);
    Path folder = folder(file);
    cleanUp.folder(folder);
    try {
      sweep(Files.getOwner(file));
    } catch (IOException e) {
      notices.accept("folders that killed exports left are kept: " + Failures.of(e).getMessage());
    }
    return folder;
  }

  /// A new lock. Tries again where another export took it, not yet locked, for a killed one's.
  private Path locked(CleanUp cleanUp) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Path file = lockFile();
      try {
        StateLock lock = StateLock.acquireFile(file);
        if (!Files.exists(file)) {
          // Whoever took it has removed it between its opening and its locking.
          lock.close();
          continue;
        }
        cleanUp.defer(() -> {
          Files.deleteIfExists(file);
          lock.close();
        });
        return file;
      } catch (SwayException e) {
        boolean taken = e.kind() == FailureKind.IN_USE || !Files.exists(file);
        if (!taken || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Path lockFile() throws IOException {
    try {
      return Files.createTempFile(parent, PREFIX, SUFFIX);
    } catch (IOException e) {
      throw Failures.storage(parent, e);
    }
  }

  /// The folder of a lock.
  private static Path folder(Path lockFile) {
    String name = lockFile.getFileName().toString();
    return lockFile.resolveSibling(name.substring(0, name.length() - SUFFIX.length()));
  }

  private void sweep(UserPrincipal user) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(parent, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        if (isOwn(file, user, BasicFileAttributes::isRegularFile)) {
          sweep(file, user);
        }
      }
    }
  }

  private static boolean isOwn(Path path, UserPrincipal user, Predicate<BasicFileAttributes> type)
      throws IOException {
    try {
      PosixFileAttributes attributes =
          Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return type.test(attributes) && attributes.owner().equals(user);
    } catch (NoSuchFileException e) {
      // Its export has just ended, or was killed before it made the folder.
      return false;
    }
  }

  private void sweep(Path file, UserPrincipal user) throws IOException {
    try (StateLock _ = StateLock.acquireFile(file)) {
      Path folder = folder(file);
      if (isOwn(folder, user, BasicFileAttributes::isDirectory)) {
        CleanUp.delete(folder);
        notices.accept("removed " + folder + ", which an export that was killed left behind");
      }
      Files.deleteIfExists(file);
    } catch (SwayException e) {
      if (e.kind() != FailureKind.IN_USE && Files.exists(file)) {
        throw e;
      }
    }
  }
}
