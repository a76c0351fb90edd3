package dev.sway.blobd.store;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Profiles, by the manifest of their image and the key of their command. The last writer wins,
/// unless it makes a condition.
///
/// Implementations are thread-safe; a profile is the old or the new one as a whole at any time.
public interface ProfileStore {
  /// Decides whether a profile may be changed, while nobody else can.
  @FunctionalInterface
  interface Condition {
    /// Looks at what is there.
    ///
    /// @param present the digest of the profile that is there
    /// @throws SwayException where it is to stay as it is
    void check(Optional<Digest> present) throws SwayException;
  }

  /// What storing a profile did.
  ///
  /// @param stored the profile
  /// @param created whether there was none before
  record Outcome(StoredProfile stored, boolean created) {}

  /// Opens a profile; the caller closes it.
  Optional<OpenFile> find(Digest manifest, CommandKey key) throws IOException;

  /// Every profile of an image, sorted by key.
  List<StoredProfile> list(Digest manifest) throws IOException;

  /// Stores a profile and returns once that would survive a crash. Where an image has more than it
  /// may have then, the one that has not changed for longest and is not pinned goes.
  ///
  /// @param bytes a profile of this manifest and key, checked
  /// @throws SwayException of kind `in-use` where one would have to go and all are pinned, and what
  ///   `condition` throws; nothing has changed then
  Outcome put(Digest manifest, CommandKey key, byte[] bytes, Condition condition)
      throws IOException;

  /// Removes a profile and returns, once that would survive a crash, what it was; empty where there
  /// was none.
  ///
  /// @throws SwayException that `condition` throws; nothing has changed then
  Optional<StoredProfile> remove(Digest manifest, CommandKey key, Condition condition)
      throws IOException;
}
