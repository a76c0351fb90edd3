package dev.sway.formats.read;

import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.tar.SparseMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the bytes of an image's files: finds their extents, fetches the chunks, verifies each
/// against its digest. Not thread-safe.
///
/// Keeps the last chunks, because small files share them: at most [#MAX_KEPT], 64 MiB.
public final class ChunkReader {
  /// How many bytes of a pack are fetched at once where chunks are read in order.
  static final int AHEAD = 4 << 20;

  private static final int MAX_KEPT = 16;
  private static final int MAX_SEGMENTS = 4;

  /// Extents are looked up for this much of a file at a time, so that memory does not depend on the
  /// file's size.
  private static final long WINDOW = 64L << 20;

  private static final byte[] ZEROS = new byte[1 << 16];

  private final IndexReader index;
  private final BlobSource blobs;
  private final int ahead;
  private final Map<Integer, byte[]> contents = new LastUsed<>(MAX_KEPT);
  private final Map<Long, Segment> segments = new LastUsed<>(MAX_SEGMENTS);
  private long segmentsFetched;

  /// Takes a file's bytes, piece by piece in order.
  @FunctionalInterface
  public interface Sink {
    /// Takes `length` bytes, which are its own only until it returns.
    void accept(byte[] bytes, int offset, int length) throws IOException;
  }

  /// A part of a pack that was fetched.
  private record Segment(int pack, long offset, byte[] bytes) {
    boolean holds(ChunkLocation chunk) {
      return chunk.pack() == pack
          && chunk.offset() >= offset
          && chunk.offset() + chunk.stored() <= offset + bytes.length;
    }
  }

  /// A part of a file and where it lies.
  private record Part(Extent extent, ChunkLocation chunk, PackReference pack) {}

  /// @param ahead how many bytes to fetch at least, where the pack has them
  ChunkReader(IndexReader index, BlobSource blobs, int ahead) {
    this.index = index;
    this.blobs = blobs;
    this.ahead = ahead;
  }

  /// Hands all bytes of the regular file `file` to `sink`; holes are zeros.
  ///
  /// @throws CorruptException where the index contradicts itself, or a chunk does not match its
  ///   digest
  public void read(InodeRecord file, Sink sink) throws IOException {
    read(file, sink, true);
  }

  /// Hands the data of the regular file `file` to `sink`, as [#data] says where they lie: without
  /// its holes.
  void readData(InodeRecord file, Sink sink) throws IOException {
    read(file, sink, false);
  }

  /// Where the data of the regular file `file` lie.
  ///
  /// @throws CorruptException where the index contradicts itself
  SparseMap data(InodeRecord file) throws IOException {
    try {
      SparseMap.Builder data = new SparseMap.Builder(file.size());
      long end = 0;
      while (end < file.size()) {
        long from = end;
        List<Extent> extents = index.read(session -> session.extents(file.number(), from, WINDOW));
        for (Extent extent : extents) {
          long start = Math.max(extent.fileOffset(), end);
          data.add(start, extent.fileOffset() + extent.length() - start);
          end = extent.fileOffset() + extent.length();
        }
        end = Math.max(end, Math.min(from + WINDOW, file.size()));
      }
      return data.build();
    } catch (IllegalArgumentException e) {
      throw new CorruptException("index", "inode " + file.number() + " has " + e.getMessage(), e);
    }
  }

  private void read(InodeRecord file, Sink sink, boolean holes) throws IOException {
    long done = 0;
    while (done < file.size()) {
      long from = done;
      long to = from + Math.min(WINDOW, file.size() - from);
      for (Part part : index.read(session -> parts(session, file, from, to))) {
        Extent extent = part.extent();
        // An extent that began in the window before is done up to here.
        long start = Math.max(extent.fileOffset(), done);
        zeros(holes ? start - done : 0, sink);
        int skipped = (int) (start - extent.fileOffset());
        byte[] content = content(extent.chunk(), part.chunk(), part.pack());
        sink.accept(content, extent.chunkOffset() + skipped, extent.length() - skipped);
        done = extent.fileOffset() + extent.length();
      }
      zeros(holes ? to - done : 0, sink);
      done = Math.max(done, to);
    }
  }

  /// Where the bytes `from..to` of a file lie.
  private static List<Part> parts(IndexSession session, InodeRecord file, long from, long to)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    long end = from;
    for (Extent extent : session.extents(file.number(), from, to - from)) {
      ChunkLocation chunk = session.chunk(extent.chunk());
      PackReference pack = session.pack(chunk.pack());
      if (extent.chunkOffset() > chunk.length() - extent.length()
          || extent.fileOffset() > file.size() - extent.length()
          || extent.fileOffset() + extent.length() <= end
          || (!parts.isEmpty() && extent.fileOffset() < end)
          || chunk.offset() > pack.size() - chunk.stored()) {
        throw new CorruptException(
            "index",
            "inode %d has an impossible extent: %s of %s".formatted(file.number(), extent, chunk));
      }
      end = extent.fileOffset() + extent.length();
      parts.add(new Part(extent, chunk, pack));
    }
    return parts;
  }

  private static void zeros(long count, Sink sink) throws IOException {
    for (long left = count; left > 0; left -= Math.min(left, ZEROS.length)) {
      sink.accept(ZEROS, 0, (int) Math.min(left, ZEROS.length));
    }
  }

  private byte[] content(int ordinal, ChunkLocation chunk, PackReference pack) throws IOException {
    byte[] kept = contents.get(ordinal);
    if (kept != null) {
      return kept;
    }
    Segment segment = segment(chunk, pack);
    byte[] content =
        ChunkDecoder.decode(
            chunk.id(),
            segment.bytes(),
            (int) (chunk.offset() - segment.offset()),
            chunk.stored(),
            chunk.length(),
            "pack %s at byte %d".formatted(pack.digest(), chunk.offset()));
    contents.put(ordinal, content);
    return content;
  }

  private Segment segment(ChunkLocation chunk, PackReference pack) throws IOException {
    for (Map.Entry<Long, Segment> kept : segments.entrySet()) {
      if (kept.getValue().holds(chunk)) {
        return kept.getValue();
      }
    }
    long left = pack.size() - chunk.offset();
    int length = (int) Math.min(left, Math.max(ahead, chunk.stored()));
    Segment segment =
        new Segment(
            chunk.pack(), chunk.offset(), blobs.range(pack.digest(), chunk.offset(), length));
    if (ahead > 0) {
      segments.put(segmentsFetched++, segment);
    }
    return segment;
  }

  /// Keeps the entries that were used last.
  private static final class LastUsed<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;
    private final int limit;

    LastUsed(int limit) {
      super(16, 0.75f, true);
      this.limit = limit;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > limit;
    }
  }
}
