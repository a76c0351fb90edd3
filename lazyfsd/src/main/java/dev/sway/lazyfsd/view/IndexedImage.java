package dev.sway.lazyfsd.view;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.DirentPlusVisitor;
import dev.sway.formats.index.DirentVisitor;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The view of one image: metadata from its index, without touching any data; bytes from chunks.
public final class IndexedImage implements ImageView {
  private final IndexReader index;
  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final Totals totals;

  /// @param index stays the caller's to close, after the last call
  /// @param fileBytes of the whole image
  public IndexedImage(
      IndexReader index, ChunkCache chunks, FetchCounters counters, long fileBytes) {
    this.index = index;
    this.chunks = chunks;
    this.counters = counters;
    this.totals = new Totals(index.counts().inodes(), fileBytes);
  }

  /// A part of a read: the bytes of one extent that it needs.
  private record Part(Extent extent, ChunkLocation chunk, PackReference pack) {}

  /// What a read needs to know before any data is touched.
  private record Plan(long size, List<Part> parts) {}

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
  public int read(long inode, long offset, MemorySegment target) throws IOException {
    if (offset < 0) {
      throw new IllegalArgumentException("no offset: " + offset);
    }
    Plan plan = index.read(session -> plan(session, inode, offset, target.byteSize()));
    int length = (int) Math.clamp(plan.size() - offset, 0, target.byteSize());
    long filled = 0;
    for (Part part : plan.parts()) {
      Extent extent = part.extent();
      long from = Math.max(extent.fileOffset(), offset) - offset;
      long to = Math.min(extent.fileOffset() + extent.length() - offset, length);
      target.asSlice(filled, from - filled).fill((byte) 0);
      byte[] content = chunks.content(part.chunk(), part.pack(), counters);
      long inChunk = extent.chunkOffset() + (from + offset - extent.fileOffset());
      MemorySegment.copy(
          content, (int) inChunk, target, ValueLayout.JAVA_BYTE, from, (int) (to - from));
      filled = to;
    }
    target.asSlice(filled, length - filled).fill((byte) 0);
    return length;
  }

  private static Plan plan(IndexSession session, long inode, long offset, long wanted)
      throws IOException {
    InodeRecord record = session.inode(inode);
    if (record == null) {
      throw new CorruptException("index", "has no inode " + inode);
    }
    long length = Math.clamp(record.size() - offset, 0, wanted);
    List<Part> parts = new ArrayList<>(2);
    long end = offset;
    for (Extent extent : session.extents(inode, offset, length)) {
      ChunkLocation chunk = session.chunk(extent.chunk());
      PackReference pack = session.pack(chunk.pack());
      if (extent.chunkOffset() > chunk.length() - extent.length()
          || extent.fileOffset() > record.size() - extent.length()
          || extent.fileOffset() + extent.length() <= end
          || (!parts.isEmpty() && extent.fileOffset() < end)
          || chunk.offset() > pack.size() - chunk.stored()) {
        throw new CorruptException(
            "index", "inode %d has an impossible extent: %s of %s".formatted(inode, extent, chunk));
      }
      end = extent.fileOffset() + extent.length();
      parts.add(new Part(extent, chunk, pack));
    }
    return new Plan(record.size(), parts);
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
