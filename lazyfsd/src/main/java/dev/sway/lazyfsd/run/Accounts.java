package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The users and groups of an image: its own `/etc/passwd` and `/etc/group`, never the host's.
final class Accounts {
  /// What is behind this in a longer file does not count.
  private static final int MAX_FILE = 1 << 20;

  private final List<String[]> users;
  private final List<String[]> groups;

  private Accounts(List<String[]> users, List<String[]> groups) {
    this.users = users;
    this.groups = groups;
  }

  /// Who a process is.
  ///
  /// @param uid user
  /// @param gid group
  /// @param groups all of them, `gid` among them
  /// @param home folder; `/` where the image knows none
  record Identity(long uid, long gid, List<Long> groups, String home) {
    Identity {
      groups = List.copyOf(groups);
    }
  }

  static Accounts of(ImagePaths image) throws IOException {
    return new Accounts(table(image, "/etc/passwd", 7), table(image, "/etc/group", 4));
  }

  private static List<String[]> table(ImagePaths image, String path, int fields)
      throws IOException {
    List<String[]> rows = new ArrayList<>();
    Optional<byte[]> content = image.content(path, MAX_FILE);
    String text = new String(content.orElse(new byte[0]), StandardCharsets.UTF_8);
    for (String line : text.split("\n", -1)) {
      String[] row = line.split(":", -1);
      if (row.length >= fields) {
        rows.add(row);
      }
    }
    return rows;
  }

  /// Who `USER[:GROUP]` is, each a name or a number; root for the empty text, as docker has it.
  ///
  /// @throws SwayException of kind `run` where a name is not in the image, or stands for no number:
  ///   that must not end up as root
  Identity find(String userAndGroup) throws SwayException {
    int colon = userAndGroup.indexOf(':');
    String user = colon < 0 ? userAndGroup : userAndGroup.substring(0, colon);
    String group = colon < 0 ? "" : userAndGroup.substring(colon + 1);
    String wanted = user.isEmpty() ? "0" : user;
    Optional<String[]> row = row(users, wanted);
    Optional<Long> number = number(wanted);
    if (row.isEmpty() && number.isEmpty()) {
      throw new SwayException(
          FailureKind.RUN,
          "the image has no user '"
              + wanted
              + "' in its /etc/passwd; use a number, or another user");
    }
    long uid = row.isPresent() ? required(row.get(), 2, "/etc/passwd") : number.orElse(0L);
    long gid;
    if (group.isEmpty()) {
      gid = row.isPresent() ? required(row.get(), 3, "/etc/passwd") : 0;
    } else {
      gid = group(group);
    }
    // The group itself too: a process that may set its groups could otherwise drop the group that
    // files deny access to.
    Set<Long> further = new LinkedHashSet<>(List.of(gid));
    if (group.isEmpty() && row.isPresent()) {
      String name = row.get()[0];
      for (String[] fields : groups) {
        if (List.of(fields[3].split(",", -1)).contains(name)) {
          number(fields[2]).ifPresent(further::add);
        }
      }
    }
    String home = row.map(fields -> fields[5]).filter(path -> path.startsWith("/")).orElse("/");
    return new Identity(uid, gid, List.copyOf(further), home);
  }

  private long group(String group) throws SwayException {
    Optional<String[]> row = row(groups, group);
    if (row.isPresent()) {
      return required(row.get(), 2, "/etc/group");
    }
    return number(group)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.RUN,
                "the image has no group '"
                    + group
                    + "' in its /etc/group; use a number, or another group"));
  }

  private static long required(String[] row, int field, String file) throws SwayException {
    return number(row[field])
        .orElseThrow(() ->
            new SwayException(
                FailureKind.RUN,
                "the image's %s gives '%s' the id '%s', which is none; use a number instead"
                    .formatted(file, row[0], row[field])));
  }

  private static Optional<String[]> row(List<String[]> table, String nameOrNumber) {
    return table.stream()
        .filter(fields -> fields[0].equals(nameOrNumber))
        .findFirst()
        .or(() -> table.stream().filter(fields -> fields[2].equals(nameOrNumber)).findFirst());
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,10}") && Long.parseLong(text) <= 0xFFFF_FFFEL
        ? Optional.of(Long.parseLong(text))
        : Optional.empty();
  }
}
