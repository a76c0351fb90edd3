package dev.sway.formats.read;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.layer.EntryPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds paths in an image as a process whose root is the image would: a symbolic link never leads
/// out of it. Thread-safe.
public final class PathLookup {
  private static final int MAX_LINKS_FOLLOWED = 40;
  private static final long ROOT = 1;
  private static final Pattern ESCAPE = Pattern.compile("\\\\x([0-9a-f]{2})");

  private final IndexReader index;

  /// Finds paths in the image of `index`.
  public PathLookup(IndexReader index) {
    this.index = index;
  }

  /// What is at the path that a user wrote, from the root on, with or without a slash before it.
  /// Where nothing has it as it stands, `\xHH` in it is the byte of that number, as
  /// [ByteName#toString] prints bytes that are no text.
  public Optional<TreeEntry> find(String text) throws IOException {
    Optional<TreeEntry> found = find(ByteName.of(text));
    return found.isPresent() || !ESCAPE.matcher(text).find() ? found : find(unescaped(text));
  }

  /// What is at `path` once all symbolic links are followed, under the path that it has then; empty
  /// where there is nothing, or a loop.
  public Optional<TreeEntry> find(ByteName path) throws IOException {
    List<Step> trail = index.read(session -> walk(session, path));
    if (trail.isEmpty()) {
      return Optional.empty();
    }
    EntryPath resolved = new EntryPath(trail.stream().skip(1).map(Step::name).toList());
    return Optional.of(TreeWalk.entry(index, resolved, 0, trail.getLast().inode()));
  }

  /// A component that was found.
  private record Step(ByteName name, long inode) {}

  /// The way to `path`, the root first; nothing where there is no such way.
  private static List<Step> walk(IndexSession session, ByteName path) throws IOException {
    Deque<ByteName> rest = new ArrayDeque<>(components(path));
    List<Step> trail = new ArrayList<>(List.of(new Step(ByteName.of(""), ROOT)));
    int followed = 0;
    while (!rest.isEmpty()) {
      ByteName name = rest.pop();
      if (name.equals(ByteName.of(".."))) {
        if (trail.size() > 1) {
          trail.removeLast();
        }
        continue;
      }
      long inode = session.lookup(trail.getLast().inode(), name);
      if (inode == 0) {
        return List.of();
      }
      ByteName target = session.linkTarget(inode);
      if (target == null) {
        trail.add(new Step(name, inode));
        continue;
      }
      if (++followed > MAX_LINKS_FOLLOWED) {
        return List.of();
      }
      if (target.at(0) == '/') {
        trail.subList(1, trail.size()).clear();
      }
      components(target).reversed().forEach(rest::push);
    }
    return trail;
  }

  private static List<ByteName> components(ByteName path) {
    byte[] bytes = path.bytes();
    List<ByteName> components = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (i > start && !(i == start + 1 && bytes[start] == '.')) {
          components.add(ByteName.of(bytes, start, i));
        }
        start = i + 1;
      }
    }
    return components;
  }

  private static ByteName unescaped(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Matcher escape = ESCAPE.matcher(text);
    int done = 0;
    while (escape.find()) {
      bytes.writeBytes(text.substring(done, escape.start()).getBytes(StandardCharsets.UTF_8));
      bytes.write(Integer.parseInt(escape.group(1), 16));
      done = escape.end();
    }
    bytes.writeBytes(text.substring(done).getBytes(StandardCharsets.UTF_8));
    return ByteName.of(bytes.toByteArray());
  }
}
