package dev.sway.blobd.client;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.read.BlobSource;
import java.io.IOException;
import java.util.List;

/// Images by name, and their blobs. Implementations are thread-safe.
public interface Images extends BlobSource {
  /// What `name` points at now.
  ///
  /// @throws SwayException of kind `unknown-image` where there is no such name
  ResolvedName resolve(ImageName name) throws IOException;

  /// Every name, sorted.
  List<ResolvedName> names() throws IOException;
}
