package dev.sway.formats.chunk;

import dev.sway.formats.layer.Content;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Cuts large files by their content. Not thread-safe.
public final class FileCutter {
  /// As many of the largest chunks are read at once: what is left over is moved to the front less
  /// often.
  private static final int WINDOW_CUTS = 4;

  private final byte[] window = new byte[WINDOW_CUTS * ChunkFormat.MAX_CUT];

  /// Cuts the data of `file` from the data position `start` on, at which a chunk begins, to the
  /// end.
  public void cut(TreeInode file, long start, FileChunker.Sink sink) throws IOException {
    Content content = Objects.requireNonNull(file.content(), "not a regular file");
    // window[from..to) is what was read and is not cut yet.
    int from = 0;
    int to = 0;
    long read = start;
    long stored = content.data().stored();
    for (long position = start; position < stored; ) {
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
      sink.accept(
          new ChunkContent(
              Arrays.copyOfRange(window, from, from + length),
              length,
              pieces(file, position, length)));
      from += length;
      position += length;
    }
  }

  /// Where the data `position..position+length` of `file` belong in it, as a chunk of their own.
  public static List<FilePiece> pieces(TreeInode file, long position, int length) {
    List<FilePiece> pieces = new ArrayList<>(1);
    addPieces(pieces, file, position, length, 0);
    return pieces;
  }

  /// What lies behind a hole is a piece of its own.
  static void addPieces(
      List<FilePiece> to, TreeInode file, long position, int length, int chunkOffset) {
    Objects.requireNonNull(file.content(), "not a regular file")
        .data()
        .parts(
            position,
            length,
            (fileOffset, at, count) ->
                to.add(
                    new FilePiece(
                        file.number(),
                        fileOffset,
                        chunkOffset + (int) (at - position),
                        (int) count)));
  }
}
