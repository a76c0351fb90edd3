package dev.sway.formats.tar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;

/// Reads the map of a sparse file in each of the four forms in which GNU tar writes it, and writes
/// the last of them (manual of GNU tar, "Storing Sparse Files"):
///
/// - *old GNU*: an entry of type `S` with four ranges at byte 386 of its header, and 21 more in
///   each of the blocks that may follow it;
/// - *pax 0.0*: the records `GNU.sparse.offset` and `GNU.sparse.numbytes`, again and again;
/// - *pax 0.1*: the record `GNU.sparse.map`, all numbers joined by commas;
/// - *pax 1.0*: decimal lines at the start of the content, padded to a whole block.
///
/// Methods throw `IllegalArgumentException` where the map is malformed.
final class SparseHeader {
  /// How the names of all pax records of sparse files begin.
  static final String PREFIX = "GNU.sparse.";

  static final String NAME = PREFIX + "name";

  private static final int OLD_RANGES = 386;
  private static final int OLD_RANGE_COUNT = 4;
  private static final int OLD_EXTENDED = 482;
  private static final int OLD_REAL_SIZE = 483;
  private static final int EXTENSION_RANGE_COUNT = 21;
  private static final int EXTENSION_EXTENDED = 504;

  /// What fits a `long`, and any file.
  private static final int MAX_DIGITS = 18;

  private SparseHeader() {}

  /// Reads the archive on, a block at a time.
  @FunctionalInterface
  interface Blocks {
    byte[] next() throws IOException;
  }

  /// The map in the header block of an old GNU entry, and in the blocks behind it.
  static SparseMap ofOldGnu(byte[] header, Blocks blocks) throws IOException {
    Ranges ranges = new Ranges(field(header, OLD_REAL_SIZE));
    boolean more = oldRanges(ranges, header, OLD_RANGES, OLD_RANGE_COUNT);
    boolean extended = header[OLD_EXTENDED] != 0;
    while (extended) {
      byte[] block = blocks.next();
      more = more && oldRanges(ranges, block, 0, EXTENSION_RANGE_COUNT);
      extended = block[EXTENSION_EXTENDED] != 0;
      if (extended && !more) {
        throw new IllegalArgumentException("the map of a sparse file goes on behind its end");
      }
    }
    return ranges.build();
  }

  /// Adds up to `count` ranges; answers whether more may follow.
  private static boolean oldRanges(Ranges ranges, byte[] block, int offset, int count) {
    for (int i = 0; i < count; i++) {
      int at = offset + i * 2 * TarFormat.LONG_LENGTH;
      if (block[at + TarFormat.LONG_LENGTH] == 0) {
        return false;
      }
      ranges.add(field(block, at), field(block, at + TarFormat.LONG_LENGTH));
    }
    return true;
  }

  private static long field(byte[] block, int offset) {
    OptionalLong value = TarNumber.parse(block, offset, TarFormat.LONG_LENGTH);
    return value.orElseThrow(
        () -> new IllegalArgumentException("a number in the map of a sparse file is none"));
  }

  /// The map in pax records, or at the start of the content, which `content` reads.
  static SparseMap ofPax(PaxRecords pax, Blocks content) throws IOException {
    OptionalLong major = pax.integer(PREFIX + "major");
    if (major.isEmpty()) {
      return ofRecords(pax);
    }
    if (major.getAsLong() != 1 || pax.integer(PREFIX + "minor").orElse(0) != 0) {
      throw new IllegalArgumentException(
          "a GNU sparse entry of version %d.%d; this version reads 0.0, 0.1 and 1.0"
              .formatted(major.getAsLong(), pax.integer(PREFIX + "minor").orElse(0)));
    }
    Ranges ranges = new Ranges(required(pax, "realsize"));
    Decimals decimals = new Decimals(content);
    long count = decimals.next();
    for (long i = 0; i < count; i++) {
      ranges.add(decimals.next(), decimals.next());
    }
    return ranges.build();
  }

  /// The map as *pax 1.0* has it at the start of the content.
  static byte[] paxContent(SparseMap data) {
    StringBuilder ranges = new StringBuilder();
    long[] count = {0};
    Ranges checked = new Ranges(data.size());
    data.parts(
        0,
        data.stored(),
        (offset, _, length) -> {
          checked.add(offset, length);
          ranges.append(offset).append('\n').append(length).append('\n');
          count[0]++;
        });
    byte[] text = (count[0] + "\n" + ranges).getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(text, text.length + (-text.length & (TarFormat.BLOCK - 1)));
  }

  private static SparseMap ofRecords(PaxRecords pax) {
    Ranges ranges = new Ranges(required(pax, "size"));
    byte[] map = pax.bytes(PaxRecords.SPARSE_MAP);
    String[] numbers =
        map == null ? new String[0] : new String(map, StandardCharsets.ISO_8859_1).split(",", -1);
    long count = pax.integer(PREFIX + "numblocks").orElse(numbers.length / 2);
    if (numbers.length % 2 != 0 || count != numbers.length / 2) {
      throw new IllegalArgumentException(
          "the map of a sparse file has %d numbers for %d ranges".formatted(numbers.length, count));
    }
    for (int i = 0; i < numbers.length; i += 2) {
      ranges.add(decimal(numbers[i]), decimal(numbers[i + 1]));
    }
    return ranges.build();
  }

  private static long required(PaxRecords pax, String key) {
    return pax.integer(PREFIX + key)
        .orElseThrow(
            () -> new IllegalArgumentException("a sparse file without the record " + PREFIX + key));
  }

  private static long decimal(String text) {
    if (!text.matches("[0-9]{1," + MAX_DIGITS + "}")) {
      throw new IllegalArgumentException("a number in the map of a sparse file is none");
    }
    return Long.parseLong(text);
  }

  /// Ranges of which an archive may say that they are there.
  private static final class Ranges {
    private final SparseMap.Builder builder;
    private boolean ended;

    Ranges(long size) {
      builder = new SparseMap.Builder(size);
    }

    /// GNU tar pads the data of every range to a whole block, other readers do not expect that: a
    /// range that ends within a block can only be the last one.
    void add(long offset, long length) {
      if (ended && length > 0) {
        throw new IllegalArgumentException(
            "a range of a sparse file ends within a block and is not the last one");
      }
      builder.add(offset, length);
      ended |= length % TarFormat.BLOCK != 0;
    }

    SparseMap build() {
      return builder.build();
    }
  }

  /// Decimal numbers, each with a line feed behind it.
  private static final class Decimals {
    private final Blocks blocks;
    private byte[] block = new byte[0];
    private int at;

    Decimals(Blocks blocks) {
      this.blocks = blocks;
    }

    long next() throws IOException {
      StringBuilder digits = new StringBuilder();
      for (char c = character(); c != '\n'; c = character()) {
        if (digits.length() == MAX_DIGITS) {
          throw new IllegalArgumentException(
              "a number in the map of a sparse file is longer than " + MAX_DIGITS + " digits");
        }
        digits.append(c);
      }
      return decimal(digits.toString());
    }

    private char character() throws IOException {
      if (at == block.length) {
        block = blocks.next();
        at = 0;
      }
      return (char) (block[at++] & 0xff);
    }
  }
}
