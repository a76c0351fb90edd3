package dev.sway.formats.chunk;

import dev.sway.formats.layer.Content;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
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

  /// As many of the largest chunks are read at once: what is left over is moved to the front less
  /// often.
  private static final int WINDOW_CUTS = 4;

  private final Sink sink;
  private final byte[] window = new byte[WINDOW_CUTS * ChunkFormat.MAX_CUT];
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
      if (content.data().stored() >= ChunkFormat.LARGE_FILE) {
        cut(file.number(), content);
      } else if (content.data().stored() > 0) {
        bundle(file.number(), content);
      }
    }
    endBundle();
  }

  private void cut(long inode, Content content) throws IOException {
    // window[from..to) is what was read and is not cut yet.
    int from = 0;
    int to = 0;
    long read = 0;
    long stored = content.data().stored();
    for (long position = 0; position < stored; ) {
      if (to - from < ChunkFormat.MAX_CUT && read < stored) {
        System.arraycopy(window, from, window, 0, to - from);
        to -= from;
        from = 0;
        int more = (int) Math.min(window.length - to, stored - read);
        content.read(read, window, to, more);
        read += more;
        to += more;
      }
      int length = CutPoints.next(window, from, to - from);
      List<FilePiece> cut = new ArrayList<>(1);
      addPieces(cut, inode, content, position, length, 0);
      sink.accept(new ChunkContent(Arrays.copyOfRange(window, from, from + length), length, cut));
      from += length;
      position += length;
    }
  }

  /// What lies behind a hole is a piece of its own.
  private static void addPieces(
      List<FilePiece> to, long inode, Content content, long position, int length, int chunkOffset) {
    content
        .data()
        .parts(
            position,
            length,
            (fileOffset, at, count) ->
                to.add(
                    new FilePiece(
                        inode, fileOffset, chunkOffset + (int) (at - position), (int) count)));
  }

  private void bundle(long inode, Content content) throws IOException {
    int length = (int) content.data().stored();
    content.read(0, bundle, bundled, length);
    addPieces(pieces, inode, content, 0, length, bundled);
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
