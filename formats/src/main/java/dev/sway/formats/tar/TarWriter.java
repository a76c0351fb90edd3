package dev.sway.formats.tar;

import dev.sway.formats.id.ByteName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Writes a POSIX pax archive without loss: names and values of extended attributes are bytes,
/// whatever they are. An entry has a pax header only where its ustar header cannot say all.
///
/// What a ustar header cannot hold goes into records: `path` and `linkpath` of more than 100 bytes,
/// `uid`, `gid` and `size` beyond their octal fields, `mtime` with nanoseconds, before 1970 or
/// after 2242, `SCHILY.xattr.NAME`. Paths in records that are not UTF-8 are announced by
/// `hdrcharset=BINARY`, as POSIX has it. An `=` in the name of an attribute is written `%3D`, and a
/// `%` beside it `%25`, as GNU tar does: a record's key ends at the first `=`.
///
/// (Commons Compress writes names and records as text; see `docs/design/0001-own-tar-reader.md`.)
/// Not thread-safe. The stream stays the caller's to close; nothing is buffered here.
public final class TarWriter {
  /// Holes begin at multiples of this many bytes of data.
  public static final int BLOCK = TarFormat.BLOCK;

  private static final String PAX_NAME = "././@PaxHeader";

  /// What a sparse file is called for readers that do not know better.
  private static final String SPARSE_NAME = "GNUSparseFile.0/data";

  private static final int MAX_ID = 07777777;
  private static final long MAX_LONG = 0_77777777777L;
  private static final byte[] ZEROS = new byte[2 * TarFormat.BLOCK];

  private final OutputStream out;
  private long contentLeft;
  private int padding;

  /// Writes to `out`.
  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /// Begins an entry; `size` bytes of content must follow where it is a regular file, those of its
  /// data where it has holes. The field `contentOffset` has no meaning here.
  ///
  /// @throws IllegalArgumentException where a range of data that is not the last ends within a
  ///   block
  public void begin(TarHeader header) throws IOException {
    endContent();
    boolean sparse = header.isFile() && header.data().isSparse();
    byte[] map = sparse ? SparseHeader.paxContent(header.data()) : new byte[0];
    long size = header.isFile() ? map.length + header.size() : 0;
    byte[] records = records(header, sparse, size);
    if (records.length > 0) {
      byte[] block = block('x', 0644, 0, 0, records.length, 0);
      put(block, TarFormat.NAME, ascii(PAX_NAME));
      writeBlock(block);
      out.write(records);
      out.write(ZEROS, 0, padding(records.length));
    }
    byte[] block =
        block(
            header.type(),
            header.mode(),
            fits(header.uid()) ? header.uid() : 0,
            fits(header.gid()) ? header.gid() : 0,
            size <= MAX_LONG ? size : 0,
            Math.clamp(header.mtimeSeconds(), 0, MAX_LONG));
    put(block, TarFormat.NAME, sparse ? ascii(SPARSE_NAME) : header.path().bytes());
    put(block, TarFormat.LINK_NAME, header.linkPath().bytes());
    octal(block, TarFormat.DEVICE_MAJOR, TarFormat.ID_LENGTH, header.deviceMajor());
    octal(block, TarFormat.DEVICE_MINOR, TarFormat.ID_LENGTH, header.deviceMinor());
    writeBlock(block);
    out.write(map);
    contentLeft = size - map.length;
    padding = padding(size);
  }

  /// Writes more of the entry's content.
  ///
  /// @throws IllegalArgumentException where that is more than the entry's size
  public void content(byte[] bytes, int offset, int length) throws IOException {
    if (length > contentLeft) {
      throw new IllegalArgumentException(
          "%d bytes of content where %d are left".formatted(length, contentLeft));
    }
    out.write(bytes, offset, length);
    contentLeft -= length;
  }

  /// Ends the last entry and the archive.
  public void finish() throws IOException {
    endContent();
    out.write(ZEROS);
  }

  private void endContent() throws IOException {
    if (contentLeft > 0) {
      throw new IllegalStateException(contentLeft + " bytes of an entry's content are missing");
    }
    out.write(ZEROS, 0, padding);
    padding = 0;
  }

  private static byte[] records(TarHeader header, boolean sparse, long size) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    boolean longPath = sparse || header.path().length() > TarFormat.NAME_LENGTH;
    boolean longLink = header.linkPath().length() > TarFormat.NAME_LENGTH;
    if ((longPath && !isUtf8(header.path())) || (longLink && !isUtf8(header.linkPath()))) {
      record(records, "hdrcharset", ascii("BINARY"));
    }
    if (longPath) {
      record(records, sparse ? SparseHeader.NAME : "path", header.path().bytes());
    }
    if (sparse) {
      record(records, SparseHeader.PREFIX + "major", ascii("1"));
      record(records, SparseHeader.PREFIX + "minor", ascii("0"));
      record(records, SparseHeader.PREFIX + "realsize", ascii(Long.toString(header.data().size())));
    }
    if (longLink) {
      record(records, "linkpath", header.linkPath().bytes());
    }
    if (!fits(header.uid())) {
      record(records, "uid", ascii(Integer.toUnsignedString(header.uid())));
    }
    if (!fits(header.gid())) {
      record(records, "gid", ascii(Integer.toUnsignedString(header.gid())));
    }
    if (size > MAX_LONG) {
      record(records, "size", ascii(Long.toString(size)));
    }
    long seconds = header.mtimeSeconds();
    if (header.mtimeNanos() != 0 || seconds < 0 || seconds > MAX_LONG) {
      BigDecimal time = BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(header.mtimeNanos(), 9));
      record(records, "mtime", ascii(time.toPlainString()));
    }
    for (Map.Entry<ByteName, byte[]> xattr : header.xattrs().entrySet()) {
      record(records, "SCHILY.xattr." + key(xattr.getKey()), xattr.getValue());
    }
    return records.toByteArray();
  }

  private static String key(ByteName attribute) {
    String name = new String(attribute.bytes(), StandardCharsets.ISO_8859_1);
    return name.indexOf('=') < 0 ? name : name.replace("%", "%25").replace("=", "%3D");
  }

  /// `LENGTH KEY=VALUE\n`, where LENGTH counts itself.
  private static void record(ByteArrayOutputStream records, String key, byte[] value) {
    byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
    int rest = 1 + name.length + 1 + value.length + 1;
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length();
    records.writeBytes(ascii(length + " "));
    records.writeBytes(name);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  private static boolean isUtf8(ByteName name) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name.bytes()));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static boolean fits(int id) {
    return id >= 0 && id <= MAX_ID;
  }

  private static int padding(long size) {
    return (int) (-size & (TarFormat.BLOCK - 1));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] block(char type, int mode, int uid, int gid, long size, long mtime) {
    byte[] block = new byte[TarFormat.BLOCK];
    octal(block, TarFormat.MODE, TarFormat.ID_LENGTH, mode);
    octal(block, TarFormat.UID, TarFormat.ID_LENGTH, uid);
    octal(block, TarFormat.GID, TarFormat.ID_LENGTH, gid);
    octal(block, TarFormat.SIZE, TarFormat.LONG_LENGTH, size);
    octal(block, TarFormat.MTIME, TarFormat.LONG_LENGTH, mtime);
    block[TarFormat.TYPE] = (byte) type;
    put(block, TarFormat.MAGIC, ascii("ustar\00000"));
    return block;
  }

  private void writeBlock(byte[] block) throws IOException {
    put(block, TarFormat.CHECKSUM, ascii("        "));
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, TarFormat.CHECKSUM, 7, sum);
    out.write(block);
  }

  private static void octal(byte[] block, int offset, int length, long number) {
    String digits = Long.toOctalString(number);
    put(block, offset, ascii("0".repeat(length - 1 - digits.length()) + digits + "\0"));
  }

  /// As much of `bytes` as a name field holds; the rest is in a record.
  private static void put(byte[] block, int offset, byte[] bytes) {
    System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, TarFormat.NAME_LENGTH));
  }
}
