package dev.sway.swayctl.image;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.read.TreeEntry;
import dev.sway.formats.tree.FileType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One entry of a tree, as `--json` prints it and as a row like that of `ls -l`.
///
/// @param path in the image; bytes that are no text as `\xHH`
/// @param type `file`, `directory`, `symlink`, `character-device`, `block-device` or `fifo`
/// @param mode permissions in octal, such as `0755`
/// @param uid owner
/// @param gid group
/// @param links `st_nlink`
/// @param size in bytes
/// @param mtimeSeconds since 1970
/// @param mtimeNanos after that
/// @param inode its number
/// @param target of a symbolic link
/// @param device of a device, as `MAJOR:MINOR`
/// @param xattrs whether it has extended attributes
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TreeRow(
    String path,
    String type,
    String mode,
    long uid,
    long gid,
    long links,
    long size,
    long mtimeSeconds,
    int mtimeNanos,
    long inode,
    @Nullable String target,
    @Nullable String device,
    boolean xattrs) {
  private static final String PERMISSIONS = "rwxrwxrwx";

  /// The row of `entry`.
  public static TreeRow of(TreeEntry entry) {
    InodeRecord inode = entry.inode();
    ByteName target = entry.linkTarget();
    return new TreeRow(
        entry.path().toString(),
        word(entry.type()),
        String.format(Locale.ROOT, "%04o", inode.mode() & 07777),
        Integer.toUnsignedLong(inode.uid()),
        Integer.toUnsignedLong(inode.gid()),
        Integer.toUnsignedLong(inode.links()),
        inode.size(),
        inode.mtimeSeconds(),
        inode.mtimeNanos(),
        inode.number(),
        target == null ? null : target.toString(),
        isDevice(entry.type()) ? inode.deviceMajor() + ":" + inode.deviceMinor() : null,
        inode.hasXattrs());
  }

  /// The type in a word.
  static String word(FileType type) {
    return switch (type) {
      case REGULAR -> "file";
      case DIRECTORY -> "directory";
      case SYMLINK -> "symlink";
      case CHARACTER_DEVICE -> "character-device";
      case BLOCK_DEVICE -> "block-device";
      case FIFO -> "fifo";
    };
  }

  /// A row like that of `ls -l`, with `+` behind the mode where there are extended attributes.
  ///
  /// @param zone for the time
  public String text(ZoneId zone) {
    return String.format(
        Locale.ROOT,
        "%s%s%s %3d %5d %5d %10s %s %s%s",
        letter(),
        permissions(Integer.parseInt(mode, 8)),
        xattrs ? "+" : " ",
        links,
        uid,
        gid,
        device == null ? Long.toString(size) : device.replace(":", ", "),
        time(zone),
        path,
        target == null ? "" : " -> " + target);
  }

  private String letter() {
    return switch (type) {
      case "directory" -> "d";
      case "symlink" -> "l";
      case "character-device" -> "c";
      case "block-device" -> "b";
      case "fifo" -> "p";
      default -> "-";
    };
  }

  private static boolean isDevice(FileType type) {
    return type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
  }

  /// The permissions as ls(1) writes them: the set-id and sticky bits take the place of an `x`.
  private static String permissions(int mode) {
    StringBuilder text = new StringBuilder(PERMISSIONS.length());
    for (int i = 0; i < PERMISSIONS.length(); i++) {
      text.append((mode & (0400 >> i)) == 0 ? '-' : PERMISSIONS.charAt(i));
    }
    special(text, 2, (mode & 04000) != 0, 's');
    special(text, 5, (mode & 02000) != 0, 's');
    special(text, 8, (mode & 01000) != 0, 't');
    return text.toString();
  }

  private static void special(StringBuilder text, int at, boolean set, char letter) {
    if (set) {
      text.setCharAt(at, text.charAt(at) == 'x' ? letter : Character.toUpperCase(letter));
    }
  }

  private String time(ZoneId zone) {
    try {
      return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(zone)
          .format(Instant.ofEpochSecond(mtimeSeconds, mtimeNanos));
    } catch (DateTimeException | ArithmeticException e) {
      // A year that no calendar here has.
      return "@" + mtimeSeconds;
    }
  }
}
