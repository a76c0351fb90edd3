package dev.sway.formats.tar;

import dev.sway.formats.id.ByteName;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The records of pax extension headers. Values stay bytes: those of xattrs are binary, and paths
/// need not be UTF-8.
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  /// What `tar --acls` calls the access control lists, and Linux.
  private static final Map<String, ByteName> ACLS =
      Map.of(
          "SCHILY.acl.access", ByteName.of("system.posix_acl_access"),
          "SCHILY.acl.default", ByteName.of("system.posix_acl_default"));

  /// All numbers of the map of a sparse file, joined by commas. The version before it had a record
  /// for each; they are gathered here.
  static final String SPARSE_MAP = SparseHeader.PREFIX + "map";

  private static final String SPARSE_OFFSET = SparseHeader.PREFIX + "offset";
  private static final String SPARSE_LENGTH = SparseHeader.PREFIX + "numbytes";
  private static final int NANO_DIGITS = 9;

  /// More than Linux lets an inode have xattrs. Headers may follow one another without end.
  private static final int MAX_RECORDS = 1 << 14;

  private final Map<String, byte[]> records;

  private PaxRecords(Map<String, byte[]> records) {
    this.records = records;
  }

  static PaxRecords none() {
    return new PaxRecords(Map.of());
  }

  /// These records, with those of `content` (`LENGTH KEY=VALUE\n` each) over them. An empty value
  /// takes its key away.
  ///
  /// @throws IllegalArgumentException where `content` is not made of records
  PaxRecords with(byte[] content) {
    Map<String, byte[]> merged = new HashMap<>(records);
    ByteArrayOutputStream sparse = new ByteArrayOutputStream();
    boolean lengthNext = false;
    int at = 0;
    while (at < content.length) {
      int space = at;
      int length = 0;
      while (space < content.length
          && content[space] >= '0'
          && content[space] <= '9'
          && length <= content.length) {
        length = length * 10 + content[space++] - '0';
      }
      int end = at + length;
      if (space == at
          || space >= content.length
          || content[space] != ' '
          || end > content.length
          || end <= space + 1
          || content[end - 1] != '\n') {
        throw new IllegalArgumentException(
            "a pax record at byte " + at + " of its header is malformed");
      }
      int equals = space + 1;
      while (equals < end && content[equals] != '=') {
        equals++;
      }
      if (equals == end) {
        throw new IllegalArgumentException(
            "a pax record at byte " + at + " of its header has no '='");
      }
      String key = new String(content, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
      byte[] value = Arrays.copyOfRange(content, equals + 1, end - 1);
      if (key.equals(SPARSE_OFFSET) || key.equals(SPARSE_LENGTH)) {
        if (key.equals(SPARSE_LENGTH) != lengthNext) {
          throw new IllegalArgumentException(
              "the map of a sparse file has two offsets or two lengths in a row");
        }
        lengthNext = !lengthNext;
        sparse.writeBytes(sparse.size() == 0 ? new byte[0] : new byte[] {','});
        sparse.writeBytes(value);
      } else if (value.length == 0 && !key.startsWith(XATTR)) {
        merged.remove(key);
      } else {
        merged.put(key, value);
      }
      if (merged.size() > MAX_RECORDS) {
        throw new IllegalArgumentException(
            "more than " + MAX_RECORDS + " pax records for an entry");
      }
      at = end;
    }
    if (sparse.size() > 0) {
      merged.put(SPARSE_MAP, sparse.toByteArray());
    }
    return new PaxRecords(merged);
  }

  byte @Nullable [] bytes(String key) {
    return records.get(key);
  }

  boolean hasPrefix(String prefix) {
    return records.keySet().stream().anyMatch(key -> key.startsWith(prefix));
  }

  /// The decimal integer under `key`, or empty where there is none.
  OptionalLong integer(String key) {
    BigDecimal value = decimal(key);
    return value == null
        ? OptionalLong.empty()
        : OptionalLong.of(value.setScale(0, RoundingMode.FLOOR).longValueExact());
  }

  /// The time under `key`, in nanoseconds since 1970, or null where there is none. Digits beyond
  /// nanoseconds are cut off.
  @Nullable BigInteger nanos(String key) {
    BigDecimal value = decimal(key);
    return value == null
        ? null
        : value.movePointRight(NANO_DIGITS).setScale(0, RoundingMode.FLOOR).toBigInteger();
  }

  private @Nullable BigDecimal decimal(String key) {
    byte[] value = records.get(key);
    if (value == null) {
      return null;
    }
    String text = new String(value, StandardCharsets.ISO_8859_1);
    // No exponent: "1e999999999" would make a number of a gigabyte.
    if (value.length > 40 || !text.matches("-?[0-9]+(\\.[0-9]*)?")) {
      throw new IllegalArgumentException("the pax record '" + key + "' is not a number");
    }
    return new BigDecimal(text.endsWith(".") ? text + "0" : text);
  }

  /// The extended attributes among the records, access control lists that are text among them.
  ///
  /// @throws IllegalArgumentException where such a list is malformed, or has names without numbers
  SortedMap<ByteName, byte[]> xattrs() {
    SortedMap<ByteName, byte[]> xattrs = new TreeMap<>();
    records.forEach((key, value) -> {
      if (key.startsWith(XATTR)) {
        xattrs.put(
            ByteName.of(key.substring(XATTR.length()).getBytes(StandardCharsets.ISO_8859_1)),
            value);
      }
    });
    ACLS.forEach((key, xattr) -> {
      byte[] text = records.get(key);
      // A tar with both has said the same twice.
      if (text != null && !xattrs.containsKey(xattr)) {
        PosixAcl.parse(new String(text, StandardCharsets.UTF_8))
            .ifPresent(value -> xattrs.put(xattr, value));
      }
    });
    return xattrs;
  }
}
