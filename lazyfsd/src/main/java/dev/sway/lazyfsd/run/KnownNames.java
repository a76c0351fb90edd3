package dev.sway.lazyfsd.run;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What images' names point at: what blobd says, and what it said last where it cannot be reached.
/// An image that is here already then goes on running. Thread-safe.
final class KnownNames {
  private static final System.Logger LOG = System.getLogger(KnownNames.class.getName());

  private final BlobClient client;
  private final Map<ImageName, Digest> last = new ConcurrentHashMap<>();

  /// @param client stays the caller's to close
  KnownNames(BlobClient client) {
    this.client = client;
  }

  /// The digest of the manifest that `name` points at.
  ///
  /// @throws SwayException of kind `unknown-image` where there is no such name, `blobd-unreachable`
  ///   where blobd cannot be asked and the name was not asked for before
  Digest resolve(ImageName name) throws IOException {
    try {
      Digest digest = client.resolve(name).manifest();
      last.put(name, digest);
      return digest;
    } catch (SwayException e) {
      Digest known = last.get(name);
      if (e.kind() != FailureKind.BLOBD_UNREACHABLE || known == null) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}; {1} is taken for what it was before, {2}",
          e.getMessage(),
          name,
          known);
      return known;
    }
  }
}
