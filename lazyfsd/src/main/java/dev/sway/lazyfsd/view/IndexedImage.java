package dev.sway.lazyfsd.view;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.DirentPlusVisitor;
import dev.sway.formats.index.DirentVisitor;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The view of one image: metadata from its index, without touching any data; bytes from chunks.
public final class IndexedImage implements ImageView {
  private final IndexReader index;
  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final HotPacks hot;
  private final Neighbours neighbours;
  private final SequentialReads sequential;
  private final Filling loading = this::load;
  private final Filling peeking = this::peek;
  private final Totals totals;

  /// A view that reads chunks only.
  ///
  /// @param index stays the caller's to close, after the last call
  /// @param fileBytes of the whole image
  public IndexedImage(
      IndexReader index, ChunkCache chunks, FetchCounters counters, long fileBytes) {
    this(
        index,
        chunks,
        counters,
        new HotPacks(index, chunks, counters),
        new Neighbours(chunks, counters, new LinkEstimate()),
        fileBytes);
  }

  /// @param index stays the caller's to close, after the last call
  /// @param hot where bytes may be nearer than in the chunks
  /// @param neighbours of what is read, which may be wanted next
  /// @param fileBytes of the whole image
  public IndexedImage(
      IndexReader index,
      ChunkCache chunks,
      FetchCounters counters,
      HotPacks hot,
      Neighbours neighbours,
      long fileBytes) {
    this.index = index;
    this.hot = hot;
    this.neighbours = neighbours;
    this.chunks = chunks;
    this.counters = counters;
    this.sequential = new SequentialReads(chunks.readAheadBytes());
    this.totals = new Totals(index.counts().inodes(), fileBytes);
  }

  @Override
  public long lookup(long parent, ByteName name) throws IOException {
    return index.read(session -> session.lookup(parent, name));
  }

  @Override
  public long lookup(long parent, MemorySegment name) throws IOException {
    return index.read(session -> session.lookup(parent, name));
  }

  @Override
  public @Nullable InodeRecord attributes(long inode) throws IOException {
    return index.read(session -> session.inode(inode));
  }

  @Override
  public void entries(long directory, long position, DirentVisitor visitor) throws IOException {
    index.read(session -> {
      session.entries(directory, position, visitor);
      return true;
    });
  }

  @Override
  public void entriesPlus(long directory, long position, DirentPlusVisitor visitor)
      throws IOException {
    index.read(session -> {
      session.entriesPlus(directory, position, visitor);
      return true;
    });
  }

  @Override
  public @Nullable ByteName linkTarget(long inode) throws IOException {
    return index.read(session -> session.linkTarget(inode));
  }

  @Override
  public List<ByteName> path(long inode) throws IOException {
    List<ByteName> names = index.read(session -> session.path(inode));
    if (names == null) {
      throw new CorruptException("index", "has no name for inode " + inode);
    }
    return names;
  }

  @Override
  public int read(long inode, long offset, MemorySegment target) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("no offset: " + offset);
    }
    return index.read(session -> {
      ExtentCursor extents = session.extents(inode);
      if (extents == null) {
        throw new CorruptException("index", "has no inode " + inode);
      }
      int length = (int) Math.clamp(extents.size() - offset, 0, target.byteSize());
      if (length > 0) {
        begin(session, extents, inode, offset, length);
        fill(session, extents, inode, offset, target.asSlice(0, length), loading);
      }
      return length;
    });
  }

  @Override
  public int readInMemory(long inode, long offset, MemorySegment target) throws IOException {
    return index.read(session -> {
      ExtentCursor extents = session.extents(inode);
      int length =
          extents == null ? 0 : (int) Math.clamp(extents.size() - offset, 0, target.byteSize());
      if (extents == null || length == 0) {
        return 0;
      }
      MemorySegment part = target.asSlice(0, length);
      int filled = (int) fill(session, extents, inode, offset, part, peeking);
      if (filled > 0) {
        readAhead(session, extents, inode, offset, filled);
      }
      return filled;
    });
  }

  /// Has other threads begin with what this read and those after it need beside its first chunk.
  private void begin(
      IndexSession session, ExtentCursor extents, long inode, long offset, int length)
      throws IOException {
    if (extents.seek(offset) && extents.fileEnd() < offset + length) {
      int first = extents.chunk();
      List<ChunkPlace> more = new ArrayList<>();
      while (extents.next() && extents.fileOffset() < offset + length) {
        if (extents.chunk() != first) {
          more.addAll(wanted(session, extents, offset, length));
        }
      }
      chunks.begin(more, Urgency.ON_DEMAND, counters);
    }
    readAhead(session, extents, inode, offset, length);
  }

  /// Has other threads load what comes after this read, if its file is read from front to back.
  private void readAhead(
      IndexSession session, ExtentCursor extents, long inode, long offset, int length)
      throws IOException {
    SequentialReads.Ahead ahead = sequential.note(inode, offset, length);
    if (ahead != null && extents.seek(ahead.from())) {
      List<ChunkPlace> next = new ArrayList<>();
      do {
        next.addAll(wanted(session, extents, ahead.from(), ahead.to() - ahead.from()));
      } while (extents.next() && extents.fileOffset() < ahead.to());
      chunks.begin(next, Urgency.READ_AHEAD, counters);
    }
  }

  /// What is to be loaded for the part of an extent that a read wants.
  private List<ChunkPlace> wanted(
      IndexSession session, ExtentCursor extents, long offset, long length) throws IOException {
    ChunkPlace place = session.place(extents.chunk());
    int from = extents.inChunk(offset);
    int to = extents.inChunk(offset + length);
    return hot.better(place, extents.chunk(), from, to)
        .map(HotPacks.Found::places)
        .orElse(List.of(place));
  }

  /// Fills `target` with a part of a chunk; false where that is not to be had.
  @FunctionalInterface
  private interface Filling {
    boolean fill(
        IndexSession session, ChunkPlace place, int chunk, int offset, MemorySegment target)
        throws IOException;
  }

  private boolean load(
      IndexSession session, ChunkPlace place, int chunk, int offset, MemorySegment target)
      throws IOException {
    if (!hot.read(place, chunk, offset, target)) {
      neighbours.of(session, place, chunk);
      chunks.read(place, offset, target, counters);
    }
    return true;
  }

  private boolean peek(
      IndexSession session, ChunkPlace place, int chunk, int offset, MemorySegment target) {
    return chunks.peek(place, offset, target) || hot.peek(chunk, offset, target);
  }

  /// Answers how much of `target` is filled: all of it, unless `filling` gave up.
  private long fill(
      IndexSession session,
      ExtentCursor extents,
      long inode,
      long offset,
      MemorySegment target,
      Filling filling)
      throws IOException {
    long length = target.byteSize();
    long filled = 0;
    for (boolean found = extents.seek(offset);
        found && extents.fileOffset() - offset < length;
        found = extents.next()) {
      long from = Math.max(extents.fileOffset() - offset, 0);
      long to = Math.min(extents.fileEnd() - offset, length);
      target.asSlice(filled, from - filled).fill((byte) 0);
      ChunkPlace place = session.place(extents.chunk());
      if (extents.chunkOffset() > place.chunk().length() - extents.length()) {
        throw new CorruptException(
            "index",
            "inode %d has %d bytes from %d on in %s"
                .formatted(inode, extents.length(), extents.chunkOffset(), place.chunk()));
      }
      int inChunk = extents.inChunk(from + offset);
      MemorySegment part = target.asSlice(from, to - from);
      if (!filling.fill(session, place, extents.chunk(), inChunk, part)) {
        return from;
      }
      filled = to;
    }
    target.asSlice(filled, length - filled).fill((byte) 0);
    return length;
  }

  @Override
  public long dataFrom(long inode, long offset) throws IOException {
    return index.read(session -> session.dataFrom(inode, offset));
  }

  @Override
  public long holeFrom(long inode, long offset) throws IOException {
    return index.read(session -> session.holeFrom(inode, offset));
  }

  @Override
  public byte @Nullable [] xattr(long inode, ByteName name) throws IOException {
    return index.read(session -> session.xattr(inode, name));
  }

  @Override
  public List<ByteName> xattrNames(long inode) throws IOException {
    return index.read(session -> session.xattrNames(inode));
  }

  @Override
  public boolean hasXattrs() throws IOException {
    return index.read(IndexSession::hasXattrs);
  }

  @Override
  public Totals totals() {
    return totals;
  }
}
