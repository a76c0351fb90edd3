package dev.sway.formats.chunk;

import dev.sway.formats.layer.Content;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

/// Cuts the files of a tree into chunks, as [ChunkFormat] says. The same files in the same order
/// give the same chunks. Not thread-safe.
public final class FileChunker {
  /// Takes chunks in their order.
  @FunctionalInterface
  public interface Sink {
    /// Takes the next chunk; may block while there is too much to do.
    void accept(ChunkContent chunk) throws IOException;
  }

  private final Sink sink;
  private byte[] bundle = newBundle();
  private int bundled;
  private final List<FilePiece> pieces = new ArrayList<>();

  public FileChunker(Sink sink) {
    this.sink = sink;
  }

  /// Cuts `files`, which are regular files in the order of their paths.
  public void chunk(List<TreeInode> files) throws IOException {
    for (TreeInode file : files) {
      Content content = Objects.requireNonNull(file.content(), "not a regular file");
      if (content.size() >= ChunkFormat.LARGE_FILE) {
        cut(file.number(), content);
      } else if (content.size() > 0) {
        bundle(file.number(), content);
      }
    }
    endBundle();
  }

  private void cut(long inode, Content content) throws IOException {
    byte[] window = new byte[ChunkFormat.MAX_CUT];
    int filled = 0;
    long read = 0;
    for (long offset = 0; offset < content.size(); ) {
      int more = (int) Math.min(window.length - filled, content.size() - read);
      content.read(read, window, filled, more);
      read += more;
      filled += more;
      int length = CutPoints.next(window, filled);
      sink.accept(
          new ChunkContent(
              Arrays.copyOf(window, length),
              length,
              List.of(new FilePiece(inode, offset, 0, length))));
      System.arraycopy(window, length, window, 0, filled - length);
      filled -= length;
      offset += length;
    }
  }

  private void bundle(long inode, Content content) throws IOException {
    int length = (int) content.size();
    content.read(0, bundle, bundled, length);
    pieces.add(new FilePiece(inode, 0, bundled, length));
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
      sink.accept(new ChunkContent(bundle, bundled, pieces));
      bundle = newBundle();
      bundled = 0;
      pieces.clear();
    }
  }

  private static byte[] newBundle() {
    return new byte[ChunkFormat.MAX_BUNDLE + ChunkFormat.LARGE_FILE];
  }
}
