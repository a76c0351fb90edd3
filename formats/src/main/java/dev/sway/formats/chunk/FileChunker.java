package dev.sway.formats.chunk;

import dev.sway.formats.layer.Content;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/// Cuts the data of the files of a tree into chunks, as [ChunkFormat] says; holes are in none of
/// them. The same files in the same order give the same chunks. Not thread-safe.
public final class FileChunker {
  /// Takes chunks in their order.
  @FunctionalInterface
  public interface Sink {
    /// Takes the next chunk; may block while there is too much to do.
    void accept(ChunkContent chunk) throws IOException;
  }

  /// Takes large files in their order, among the chunks of a [Sink].
  @FunctionalInterface
  public interface LargeFiles {
    /// Takes the next file of [ChunkFormat#LARGE_FILE] or more, which is to have the chunks that
    /// [FileCutter] makes of it; may block while there is too much to do.
    void accept(TreeInode file) throws IOException;
  }

  private final LargeFiles large;
  private final Sink bundles;
  private byte[] bundle = newBundle();
  private int bundled;
  private final List<FilePiece> pieces = new ArrayList<>();

  /// @param large takes files that have chunks of their own
  /// @param bundles takes the chunks of the others
  public FileChunker(LargeFiles large, Sink bundles) {
    this.large = large;
    this.bundles = bundles;
  }

  /// Cuts `files`, which are regular files in the order of their paths.
  public void chunk(List<TreeInode> files) throws IOException {
    for (TreeInode file : files) {
      Content content = Objects.requireNonNull(file.content(), "not a regular file");
      if (content.data().stored() >= ChunkFormat.LARGE_FILE) {
        large.accept(file);
      } else if (content.data().stored() > 0) {
        bundle(file, content);
      }
    }
    endBundle();
  }

  private void bundle(TreeInode file, Content content) throws IOException {
    int length = (int) content.data().stored();
    content.read(0, bundle, bundled, length);
    FileCutter.addPieces(pieces, file, 0, length, bundled);
    CRC32C hash = new CRC32C();
    hash.update(bundle, bundled, length);
    bundled += length;
    boolean chosen =
        bundled >= ChunkFormat.MIN_BUNDLE
            && Long.remainderUnsigned(hash.getValue(), ChunkFormat.BUNDLE_END_ODDS) == 0;
    if (chosen || bundled >= ChunkFormat.MAX_BUNDLE) {
      endBundle();
    }
  }

  private void endBundle() throws IOException {
    if (bundled > 0) {
      bundles.accept(new ChunkContent(bundle, bundled, pieces));
      bundle = newBundle();
      bundled = 0;
      pieces.clear();
    }
  }

  private static byte[] newBundle() {
    return new byte[ChunkFormat.MAX_BUNDLE + ChunkFormat.LARGE_FILE];
  }
}
