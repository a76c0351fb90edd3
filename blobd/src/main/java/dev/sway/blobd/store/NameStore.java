package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Names of images and the manifests they point at.
///
/// Implementations are thread-safe; a name points at the old or the new manifest at any time.
public interface NameStore {
  /// What `name` points at.
  Optional<StoredName> find(ImageName name) throws IOException;

  /// Every name, sorted.
  List<StoredName> list() throws IOException;

  /// Lets `name` point at `manifest` and returns once that would survive a crash.
  StoredName put(ImageName name, Digest manifest) throws IOException;

  /// Takes `name` away and returns, once that would survive a crash, what it pointed at; empty
  /// where there was no such name. Blobs are not touched.
  Optional<StoredName> remove(ImageName name) throws IOException;
}
