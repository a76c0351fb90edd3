package dev.sway.formats.layer;

import dev.sway.formats.id.ByteName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A path inside an image: its components from the root on, none of them empty, `.` or `..`. The
/// root itself has none.
///
/// @param components each of 1 to 255 bytes
public record EntryPath(List<ByteName> components) {
  /// The deepest nesting. Deeper paths cannot be named by any system call in one piece, and cost
  /// memory in every walk.
  public static final int MAX_DEPTH = 4096;

  public EntryPath {
    components = List.copyOf(components);
  }

  /// Reads a path as it stands in an archive: relative, `.` and double slashes allowed, a slash at
  /// the end too.
  ///
  /// @throws IllegalArgumentException where it is absolute, contains `..` or a NUL, is too deep, or
  ///   has a component that is too long
  public static EntryPath parse(ByteName path) {
    if (path.length() > 0 && path.at(0) == '/') {
      throw new IllegalArgumentException("'" + path + "' is an absolute path");
    }
    if (path.contains((byte) 0)) {
      throw new IllegalArgumentException("'" + path + "' contains a NUL");
    }
    byte[] bytes = path.bytes();
    List<ByteName> components = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        addComponent(components, bytes, start, i, path);
        start = i + 1;
      }
    }
    if (components.size() > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "a path of " + components.size() + " components, more than " + MAX_DEPTH);
    }
    return new EntryPath(components);
  }

  private static void addComponent(
      List<ByteName> components, byte[] bytes, int start, int end, ByteName path) {
    int length = end - start;
    if (length == 0 || (length == 1 && bytes[start] == '.')) {
      return;
    }
    if (length == 2 && bytes[start] == '.' && bytes[start + 1] == '.') {
      throw new IllegalArgumentException("'" + path + "' has a component '..'");
    }
    if (length > ByteName.MAX_BYTES) {
      throw new IllegalArgumentException(
          "'"
              + path
              + "' has a component of "
              + length
              + " bytes, more than "
              + ByteName.MAX_BYTES);
    }
    components.add(ByteName.of(bytes, start, end));
  }

  public boolean isRoot() {
    return components.isEmpty();
  }

  /// The last component. The root has none.
  public ByteName name() {
    return components.getLast();
  }

  /// The path of the directory that this one lies in. The root has none.
  public EntryPath parent() {
    return new EntryPath(components.subList(0, components.size() - 1));
  }

  /// The path of `name` in this directory.
  public EntryPath child(ByteName name) {
    List<ByteName> longer = new ArrayList<>(components);
    longer.add(name);
    return new EntryPath(longer);
  }

  @Override
  public String toString() {
    return components.stream().map(ByteName::toString).collect(Collectors.joining("/", "/", ""));
  }
}
