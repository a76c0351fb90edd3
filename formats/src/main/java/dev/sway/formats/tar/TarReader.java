package dev.sway.formats.tar;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads a tar archive from a stream, entry by entry, without loss: names and pax values are bytes,
/// never decoded text.
///
/// (Commons Compress decodes pax values as UTF-8, which destroys binary xattrs such as
/// `security.capability`; see `docs/design/0001-own-tar-reader.md`.) Not thread-safe. The stream
/// stays the caller's to close.
public final class TarReader {
  private static final BigInteger NANOS_PER_SECOND = BigInteger.valueOf(1_000_000_000);

  private final InputStream in;
  private final String archive;
  private final @Nullable MessageDigest headers;
  private long position;
  private long contentLeft;
  private int padding;
  private PaxRecords global = PaxRecords.none();

  /// Reads from `in`; `archive` names it in errors.
  public TarReader(InputStream in, String archive) {
    this(in, archive, null);
  }

  /// Reads from `in`; `archive` names it in errors.
  ///
  /// @param headers is given every byte of the archive up to its end but for content and its
  ///   padding
  public TarReader(InputStream in, String archive, @Nullable MessageDigest headers) {
    this.in = in;
    this.archive = archive;
    this.headers = headers;
  }

  /// The next entry, or empty at the end of the archive. What is left of the entry before it is
  /// skipped.
  ///
  /// @throws BadArchiveException where the archive is truncated or malformed
  public Optional<TarHeader> next() throws IOException {
    PaxRecords pax = global;
    byte @Nullable [] longName = null;
    byte @Nullable [] longLink = null;
    while (true) {
      skipContent();
      long headerAt = position;
      byte[] block = readBlock(headerAt);
      if (isZero(block)) {
        if (pax != global || longName != null || longLink != null) {
          throw bad(headerAt, "the archive ends, but the header before it describes no entry");
        }
        return Optional.empty();
      }
      checkSum(block, headerAt);
      char type = (char) (block[TarFormat.TYPE] & 0xff);
      switch (type) {
        case 'x' -> pax = parsePax(pax, readExtension(block, headerAt), headerAt);
        case 'g' -> {
          global = parsePax(global, readExtension(block, headerAt), headerAt);
          if (global.hasPrefix(SparseHeader.PREFIX)) {
            throw bad(headerAt, "a map of a sparse file that is said to be that of every file");
          }
          pax = global;
        }
        case 'L' -> longName = cString(readExtension(block, headerAt), 0, Integer.MAX_VALUE);
        case 'K' -> longLink = cString(readExtension(block, headerAt), 0, Integer.MAX_VALUE);
        default -> {
          return Optional.of(header(block, type, pax, longName, longLink, headerAt));
        }
      }
    }
  }

  /// Reads bytes of the current entry's content.
  ///
  /// @return how many bytes were read, at least 1, or -1 at the content's end
  /// @throws BadArchiveException where the archive ends within the content
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (contentLeft == 0) {
      return -1;
    }
    int count = in.read(buffer, offset, (int) Math.min(length, contentLeft));
    if (count < 0) {
      throw truncated(position, contentLeft + " more bytes of an entry's content");
    }
    contentLeft -= count;
    position += count;
    return count;
  }

  /// Reads to the end of the stream, past whatever padding follows the archive, so that a digest
  /// over the stream is complete.
  public void drain() throws IOException {
    position += in.transferTo(java.io.OutputStream.nullOutputStream());
  }

  private TarHeader header(
      byte[] block,
      char type,
      PaxRecords pax,
      byte @Nullable [] longName,
      byte @Nullable [] longLink,
      long at)
      throws IOException {
    try {
      long size =
          pax.integer("size")
              .orElse(number(block, TarFormat.SIZE, TarFormat.LONG_LENGTH, "size", at));
      if (size < 0) {
        throw bad(at, "a negative size, " + size);
      }
      if (size > Long.MAX_VALUE - TarFormat.BLOCK) {
        throw bad(at, "a size of " + size + " bytes");
      }
      boolean hasContent =
          type != TarHeader.HARD_LINK && type != TarHeader.SYMLINK && type != TarHeader.DIRECTORY;
      // POSIX lets links and directories carry a size without content; devices and fifos have none
      // in any known writer.
      SparseMap oldGnu =
          type == TarHeader.GNU_SPARSE
              ? SparseHeader.ofOldGnu(block, () -> readBlock(position))
              : null;
      startContent(hasContent ? size : 0);
      SparseMap data = data(type, pax, oldGnu);
      BigInteger mtime = pax.nanos("mtime");
      BigInteger nanos = mtime == null ? BigInteger.ZERO : mtime.mod(NANOS_PER_SECOND);
      return new TarHeader(
          path(block, pax, longName, at),
          type == TarHeader.GNU_SPARSE ? TarHeader.FILE : type,
          (int) number(block, TarFormat.MODE, TarFormat.ID_LENGTH, "mode", at) & 07777,
          id(pax.integer("uid"), block, TarFormat.UID, "uid", at),
          id(pax.integer("gid"), block, TarFormat.GID, "gid", at),
          hasContent ? contentLeft : size,
          data,
          mtime == null
              ? number(block, TarFormat.MTIME, TarFormat.LONG_LENGTH, "mtime", at)
              : mtime.subtract(nanos).divide(NANOS_PER_SECOND).longValueExact(),
          nanos.intValueExact(),
          bounded(
              first(
                  pax.bytes("linkpath"),
                  longLink,
                  cString(block, TarFormat.LINK_NAME, TarFormat.NAME_LENGTH)),
              at),
          device(type, block, TarFormat.DEVICE_MAJOR, "device major", at),
          device(type, block, TarFormat.DEVICE_MINOR, "device minor", at),
          pax.xattrs(),
          position);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new BadArchiveException(archive, "entry at byte " + at + ": " + e.getMessage(), e);
    }
  }

  /// Where the content that is now to come belongs in its file.
  private SparseMap data(char type, PaxRecords pax, @Nullable SparseMap oldGnu) throws IOException {
    boolean inPax = pax.hasPrefix(SparseHeader.PREFIX);
    if (oldGnu == null && !inPax) {
      return SparseMap.whole(contentLeft);
    }
    if (inPax && (oldGnu != null || (type != TarHeader.FILE && type != TarHeader.OLD_FILE))) {
      throw new IllegalArgumentException("the map of a sparse file on an entry that is none");
    }
    SparseMap data = oldGnu != null ? oldGnu : SparseHeader.ofPax(pax, this::readContentBlock);
    if (data.stored() != contentLeft) {
      throw new IllegalArgumentException(
          "%d bytes of content where the map of its sparse file has %d"
              .formatted(contentLeft, data.stored()));
    }
    return data;
  }

  private byte[] readContentBlock() throws IOException {
    if (contentLeft < TarFormat.BLOCK) {
      throw new IllegalArgumentException("content that ends within the map of its sparse file");
    }
    contentLeft -= TarFormat.BLOCK;
    return readBlock(position);
  }

  private ByteName path(byte[] block, PaxRecords pax, byte @Nullable [] longName, long at)
      throws BadArchiveException {
    byte[] name = cString(block, TarFormat.NAME, TarFormat.NAME_LENGTH);
    boolean posix = block[TarFormat.MAGIC + 5] == 0 && block[TarFormat.MAGIC] == 'u';
    if (posix && block[TarFormat.PREFIX] != 0) {
      byte[] prefix = cString(block, TarFormat.PREFIX, TarFormat.PREFIX_LENGTH);
      byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
      joined[prefix.length] = '/';
      System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
      name = joined;
    }
    // The path of a sparse file is a name for readers that do not know better.
    return bounded(
        first(pax.bytes(SparseHeader.NAME), pax.bytes("path"), first(longName, name)), at);
  }

  private ByteName bounded(byte[] path, long at) throws BadArchiveException {
    if (path.length > TarFormat.MAX_PATH) {
      throw bad(at, "a path of " + path.length + " bytes, more than " + TarFormat.MAX_PATH);
    }
    return ByteName.of(path);
  }

  private static byte[] first(byte @Nullable [] a, byte @Nullable [] b, byte[] c) {
    return a != null ? a : first(b, c);
  }

  private static byte[] first(byte @Nullable [] a, byte[] b) {
    return a != null ? a : b;
  }

  private int id(OptionalLong pax, byte[] block, int offset, String field, long at)
      throws BadArchiveException {
    long id =
        pax.isPresent() ? pax.getAsLong() : number(block, offset, TarFormat.ID_LENGTH, field, at);
    if (id < 0 || id > 0xFFFF_FFFFL) {
      throw bad(at, "a " + field + " of " + id + ", outside 0..4294967295");
    }
    return (int) id;
  }

  private int device(char type, byte[] block, int offset, String field, long at)
      throws BadArchiveException {
    if (type != TarHeader.CHARACTER_DEVICE && type != TarHeader.BLOCK_DEVICE) {
      return 0;
    }
    long number = number(block, offset, TarFormat.ID_LENGTH, field, at);
    if (number < 0 || number > 0xF_FFFF) {
      throw bad(at, "a " + field + " number of " + number + ", outside 0..1048575");
    }
    return (int) number;
  }

  private long number(byte[] block, int offset, int length, String field, long at)
      throws BadArchiveException {
    OptionalLong value = TarNumber.parse(block, offset, length);
    if (value.isEmpty()) {
      throw bad(at, "its " + field + " is not a number");
    }
    return value.getAsLong();
  }

  private PaxRecords parsePax(PaxRecords base, byte[] content, long at) throws BadArchiveException {
    try {
      return base.with(content);
    } catch (IllegalArgumentException e) {
      throw new BadArchiveException(archive, "entry at byte " + at + ": " + e.getMessage(), e);
    }
  }

  private byte[] readExtension(byte[] block, long at) throws IOException {
    long size = number(block, TarFormat.SIZE, TarFormat.LONG_LENGTH, "size", at);
    if (size < 0 || size > TarFormat.MAX_EXTENSION) {
      throw bad(
          at, "an extension header of " + size + " bytes, outside 0.." + TarFormat.MAX_EXTENSION);
    }
    startContent(size);
    byte[] content = in.readNBytes((int) size);
    hash(content);
    position += content.length;
    contentLeft = 0;
    if (content.length < size) {
      throw truncated(position, (size - content.length) + " more bytes of an extension header");
    }
    return content;
  }

  private void startContent(long size) {
    contentLeft = size;
    padding = (int) (-size & (TarFormat.BLOCK - 1));
  }

  private void skipContent() throws IOException {
    long skip = contentLeft + padding;
    if (skip > 0) {
      try {
        in.skipNBytes(skip);
      } catch (java.io.EOFException e) {
        throw new BadArchiveException(
            archive,
            "ends within the content of the entry before byte %d; the archive is truncated, make it again"
                .formatted(position + skip),
            e);
      }
    }
    position += skip;
    contentLeft = 0;
    padding = 0;
  }

  private byte[] readBlock(long at) throws IOException {
    byte[] block = in.readNBytes(TarFormat.BLOCK);
    hash(block);
    position += block.length;
    if (block.length < TarFormat.BLOCK) {
      if (at == 0) {
        throw new BadArchiveException(
            archive, "is not a tar archive (it has only %d bytes)".formatted(block.length));
      }
      throw truncated(at + block.length, "a header or the end-of-archive marker");
    }
    return block;
  }

  private void hash(byte[] bytes) {
    if (headers != null) {
      Digest.update(headers, bytes, 0, bytes.length);
    }
  }

  private void checkSum(byte[] block, long at) throws BadArchiveException {
    int unsigned = 0;
    int signed = 0;
    for (int i = 0; i < TarFormat.BLOCK; i++) {
      boolean inField = i >= TarFormat.CHECKSUM && i < TarFormat.CHECKSUM + 8;
      byte b = inField ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    OptionalLong stored = TarNumber.parse(block, TarFormat.CHECKSUM, 8);
    // Some old writers summed signed bytes.
    if (stored.isEmpty() || (stored.getAsLong() != unsigned && stored.getAsLong() != signed)) {
      throw at == 0
          ? new BadArchiveException(
              archive, "is not a tar archive (the checksum of its first block does not match)")
          : bad(at, "the header's checksum does not match; the archive is damaged");
    }
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static byte[] cString(byte[] bytes, int offset, int length) {
    int end = offset;
    int limit = (int) Math.min(bytes.length, (long) offset + length);
    while (end < limit && bytes[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(bytes, offset, end);
  }

  private BadArchiveException bad(long at, String detail) {
    return new BadArchiveException(archive, "entry at byte " + at + ": " + detail);
  }

  private BadArchiveException truncated(long at, String missing) {
    return new BadArchiveException(
        archive,
        "ends at byte %d, where %s should follow; the archive is truncated, make it again"
            .formatted(at, missing));
  }
}
