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
import java.nio.file.attribute.UserPrincipal;
import java.util.function.Consumer;

/// The temporary folders of exports, `sway-export-RANDOM` each, in one parent folder.
///
/// A folder is locked by the file `lock` in it as long as its export lives, however that ends. What
/// an export leaves that is killed is removed by the next one. That takes only folders, not links
/// to any, of the same user, with a lock that nobody holds. Thread-safe.
public final class ScratchFolders {
  private static final String PREFIX = "sway-export-";
  private static final String LOCK = "lock";
  private static final int ATTEMPTS = 10;

  private final Path parent;
  private final Consumer<String> notices;

  /// @param parent existing folder, which others may use too
  /// @param notices is told, in one line each, what was removed or could not be
  public ScratchFolders(Path parent, Consumer<String> notices) {
    this.parent = parent;
    this.notices = notices;
  }

  /// A new folder with nothing in it but its lock, which is deleted at the end of `cleanUp`. What
  /// killed exports have left is gone afterwards.
  public Path create(CleanUp cleanUp) throws IOException {
    Path folder = locked(cleanUp);
    try {
      sweep(Files.getOwner(folder));
    } catch (IOException e) {
      notices.accept("folders that killed exports left are kept: " + Failures.of(e).getMessage());
    }
    return folder;
  }

  /// Tries again where another export took the new folder, not yet locked, for a killed one's.
  private Path locked(CleanUp cleanUp) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Path folder = cleanUp.folder(parent, PREFIX);
      try {
        StateLock lock = StateLock.acquire(folder);
        cleanUp.defer(lock::close);
        return folder;
      } catch (SwayException e) {
        boolean taken = e.kind() == FailureKind.IN_USE || !Files.exists(folder);
        if (!taken || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void sweep(UserPrincipal user) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path folder : folders) {
        if (isOwn(folder, user)) {
          sweep(folder);
        }
      }
    }
  }

  private static boolean isOwn(Path folder, UserPrincipal user) throws IOException {
    try {
      return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)
          && Files.isRegularFile(folder.resolve(LOCK), LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      // Its export has just ended.
      return false;
    }
  }

  private void sweep(Path folder) throws IOException {
    try (StateLock _ = StateLock.acquire(folder)) {
      CleanUp.delete(folder);
      notices.accept("removed " + folder + ", which an export that was killed left behind");
    } catch (SwayException e) {
      if (e.kind() != FailureKind.IN_USE) {
        throw e;
      }
    }
  }
}
