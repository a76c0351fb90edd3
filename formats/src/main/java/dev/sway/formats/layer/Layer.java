package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/// One layer, read and checked. Its digest may still be computed while its entries are used:
/// whatever is made of them must not be shown to anybody before [#diffId] has answered.
public final class Layer {
  private final List<LayerEntry> entries;
  private final Future<Digest> diffId;

  /// @param entries in the order of the tar, directories of a folder before what is in them
  /// @param diffId digest of the uncompressed tar, or the [BadArchiveException] that it is another
  ///   one than the source says; where the source says none, of the headers of the tar or of the
  ///   listing of a folder
  public Layer(List<LayerEntry> entries, Future<Digest> diffId) {
    this.entries = List.copyOf(entries);
    this.diffId = diffId;
  }

  /// What it brings, in the order of the tar.
  public List<LayerEntry> entries() {
    return entries;
  }

  /// The digest of the uncompressed tar, which is the one that the source says, or of what
  /// describes the files in it; waits for it.
  ///
  /// @throws BadArchiveException where it is another
  public Digest diffId() throws IOException {
    try {
      return diffId.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a layer was hashed");
    } catch (CancellationException e) {
      throw new IOException("a layer is not hashed to its end", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IllegalStateException("a layer could not be hashed", e.getCause());
    }
  }
}
