package dev.sway.formats.tar;

import java.util.Arrays;

/// Where in a regular file its data lie; everything else in it is a hole, which reads as zeros. A
/// file without holes has one range of data, an empty one none.
///
/// *Data positions* count the bytes of all ranges one after another, without the holes: that is how
/// they are stored. Immutable, thread-safe.
public final class SparseMap {
  /// The greatest file that may have holes, in bytes: ext4's own limit. Holes cost an archive
  /// nothing, so nothing else bounds them.
  public static final long MAX_SPARSE_SIZE = 1L << 44;

  /// The most ranges of one file: a file of 8 GiB of which every other 4 KiB is a hole.
  public static final int MAX_RANGES = 1 << 20;

  private final long size;
  private final long[] offsets;

  /// The data position of each range's first byte, and behind them that of the end.
  private final long[] starts;

  private SparseMap(long size, long[] offsets, long[] starts) {
    this.size = size;
    this.offsets = offsets;
    this.starts = starts;
  }

  /// Takes a part of a file that is all data.
  @FunctionalInterface
  public interface Part {
    /// Takes the next part.
    ///
    /// @param fileOffset of its first byte in the file
    /// @param position its data position
    /// @param length in bytes, at least 1
    void accept(long fileOffset, long position, long length);
  }

  /// A file of `size` bytes without holes.
  public static SparseMap whole(long size) {
    return size == 0
        ? new SparseMap(0, new long[0], new long[] {0})
        : new SparseMap(size, new long[] {0}, new long[] {0, size});
  }

  /// The file's size in bytes, holes included.
  public long size() {
    return size;
  }

  /// How many bytes of it are data.
  public long stored() {
    return starts[starts.length - 1];
  }

  /// Whether it has a hole.
  public boolean isSparse() {
    return stored() < size;
  }

  /// Hands on, in order, the parts that the data positions `from..from+length` are made of.
  ///
  /// @throws IndexOutOfBoundsException where there are not so many data
  public void parts(long from, long length, Part part) {
    java.util.Objects.checkFromIndexSize(from, length, stored());
    long at = from;
    int range = rangeAt(from);
    while (at < from + length) {
      long within = at - starts[range];
      long count = Math.min(starts[range + 1] - at, from + length - at);
      part.accept(offsets[range] + within, at, count);
      at += count;
      range++;
    }
  }

  private int rangeAt(long position) {
    int found = Arrays.binarySearch(starts, position);
    return found >= 0 ? found : -found - 2;
  }

  /// Collects the ranges of one file, in the order of their offsets. Not thread-safe.
  public static final class Builder {
    private final long size;
    private long[] offsets = new long[8];
    private long[] starts = new long[9];
    private int ranges;
    private int added;
    private long end;

    /// For a file of `size` bytes.
    ///
    /// @throws IllegalArgumentException where a sparse file cannot have such a size
    public Builder(long size) {
      if (size < 0 || size > MAX_SPARSE_SIZE) {
        throw new IllegalArgumentException(
            "a sparse file of " + size + " bytes, outside 0.." + MAX_SPARSE_SIZE);
      }
      this.size = size;
    }

    /// Adds a range of data; an empty one counts, but says nothing.
    ///
    /// @throws IllegalArgumentException where it begins before the end of the one before it, ends
    ///   behind the end of the file, or is one too many
    public Builder add(long offset, long length) {
      if (offset < end || length < 0 || length > size || offset > size - length) {
        throw new IllegalArgumentException(
            "a range of %d bytes at %d of a sparse file of %d bytes, behind one that ends at %d"
                .formatted(length, offset, size, end));
      }
      if (++added > MAX_RANGES) {
        throw new IllegalArgumentException("a sparse file of more than " + MAX_RANGES + " ranges");
      }
      boolean follows = ranges > 0 && offset == end;
      end = offset + length;
      if (length == 0) {
        return this;
      }
      if (!follows) {
        grow();
        offsets[ranges++] = offset;
        starts[ranges] = starts[ranges - 1];
      }
      starts[ranges] += length;
      return this;
    }

    private void grow() {
      if (ranges == offsets.length) {
        offsets = Arrays.copyOf(offsets, 2 * ranges);
        starts = Arrays.copyOf(starts, 2 * ranges + 1);
      }
    }

    /// The map of what was added.
    public SparseMap build() {
      return new SparseMap(size, Arrays.copyOf(offsets, ranges), Arrays.copyOf(starts, ranges + 1));
    }
  }
}
