package dev.sway.formats.tar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/// POSIX access control lists: the text of `SCHILY.acl.*` records, which `tar --acls` writes, made
/// the value of an extended attribute that Linux keeps (`include/uapi/linux/posix_acl_xattr.h`).
final class PosixAcl {
  private static final int VERSION = 2;
  private static final int HEADER = 4;
  private static final int ENTRY = 8;
  private static final int NO_ID = -1;
  private static final String PERMISSIONS = "rwx";

  /// Without any but the three that every file has, a list says what the mode says.
  private static final int PLAIN = 3;

  private PosixAcl() {}

  /// In the kernel's order, with the kernel's numbers.
  private enum Tag {
    USER_OBJ(1),
    USER(2),
    GROUP_OBJ(4),
    GROUP(8),
    MASK(16),
    OTHER(32);

    private final short number;

    Tag(int number) {
      this.number = (short) number;
    }
  }

  private record Entry(Tag tag, int permissions, int id) {}

  /// Reads entries such as `user::rw-`, `user:1000:r--` or, with the number behind the name,
  /// `user:worker:r--:1000`, which newlines or commas divide.
  ///
  /// @return the attribute's value, or empty where it would say no more than the mode
  /// @throws IllegalArgumentException where it is something else, also a name without its number:
  ///   the names of another machine mean nothing here
  static Optional<byte[]> parse(String text) {
    TreeSet<Entry> entries =
        new TreeSet<>(
            Comparator.comparing(Entry::tag).thenComparing(Entry::id, Integer::compareUnsigned));
    for (String line : text.split("[\n,]", -1)) {
      String entry = line.replaceFirst("#.*", "").strip();
      if (!entry.isEmpty() && !entries.add(entry(entry))) {
        throw new IllegalArgumentException("its ACL has two entries for one: '" + entry + "'");
      }
    }
    if (entries.size() <= PLAIN) {
      return Optional.empty();
    }
    ByteBuffer value =
        ByteBuffer.allocate(HEADER + ENTRY * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
    value.putInt(VERSION);
    for (Entry entry : entries) {
      value.putShort(entry.tag().number).putShort((short) entry.permissions()).putInt(entry.id());
    }
    return Optional.of(value.array());
  }

  private static Entry entry(String text) {
    List<String> fields = List.of(text.split(":", -1));
    if (fields.size() < 3 || fields.size() > 4) {
      throw malformed(text);
    }
    boolean named = !fields.get(1).isEmpty();
    Tag tag =
        switch (fields.getFirst().toLowerCase(Locale.ROOT)) {
          case "user", "u" -> named ? Tag.USER : Tag.USER_OBJ;
          case "group", "g" -> named ? Tag.GROUP : Tag.GROUP_OBJ;
          case "mask", "m" -> Tag.MASK;
          case "other", "o" -> Tag.OTHER;
          default -> throw malformed(text);
        };
    boolean owned = tag == Tag.USER || tag == Tag.GROUP;
    return new Entry(tag, permissions(fields.get(2), text), owned ? id(fields, text) : NO_ID);
  }

  private static int permissions(String field, String text) {
    if (!field.matches("[r-][w-][x-]")) {
      throw malformed(text);
    }
    int permissions = 0;
    for (int i = 0; i < PERMISSIONS.length(); i++) {
      permissions = permissions << 1 | (field.charAt(i) == PERMISSIONS.charAt(i) ? 1 : 0);
    }
    return permissions;
  }

  private static int id(List<String> fields, String text) {
    String number = fields.get(fields.size() == 4 ? 3 : 1);
    if (!number.matches("[0-9]{1,10}")) {
      throw new IllegalArgumentException(
          "its ACL has a name without a number, '%s', and names mean different numbers elsewhere; make the archive with \"tar --xattrs --xattrs-include='*'\" instead of 'tar --acls', or export the tree with --from rootfs:DIR"
              .formatted(text));
    }
    return Integer.parseUnsignedInt(number);
  }

  private static IllegalArgumentException malformed(String entry) {
    return new IllegalArgumentException("its ACL has the malformed entry '" + entry + "'");
  }
}
