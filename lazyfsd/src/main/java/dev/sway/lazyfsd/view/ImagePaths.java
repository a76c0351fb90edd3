package dev.sway.lazyfsd.view;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Paths inside an image, followed as a process whose root is the image follows them: a symbolic
/// link never leads out of it.
public final class ImagePaths {
  private static final int MAX_LINKS_FOLLOWED = 40;

  private final ImageView view;
  private final Reads reads;

  /// Told what is read of files.
  @FunctionalInterface
  public interface Reads {
    /// The first `length` bytes of a file were read.
    ///
    /// @param begin when, by [System#nanoTime]
    void read(long inode, int length, long begin);
  }

  public ImagePaths(ImageView view) {
    this(view, (_, _, _) -> {});
  }

  /// @param reads is told of each file that is read
  public ImagePaths(ImageView view, Reads reads) {
    this.view = view;
    this.reads = reads;
  }

  /// The inode at the absolute `path`, or empty where there is none or the path is a loop.
  public Optional<InodeRecord> find(String path) throws IOException {
    long inode = walk(path).inode();
    return inode == 0 ? Optional.empty() : Optional.ofNullable(view.attributes(inode));
  }

  /// Where a path leads.
  ///
  /// @param inode 0 where the image has nothing there
  /// @param path without links, dots and repeated slashes
  private record Place(long inode, String path) {}

  private Place walk(String path) throws IOException {
    Deque<String> rest = new ArrayDeque<>(components(path));
    List<Long> trail = new ArrayList<>(List.of(ImageView.ROOT));
    List<String> names = new ArrayList<>();
    boolean complete = true;
    int followed = 0;
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (name.equals("..")) {
        if (trail.size() > 1) {
          trail.removeLast();
          names.removeLast();
        }
        continue;
      }
      long parent = trail.getLast();
      long child = parent == 0 ? 0 : view.lookup(parent, ByteName.of(name));
      ByteName target = child == 0 ? null : view.linkTarget(child);
      if (target == null || ++followed > MAX_LINKS_FOLLOWED) {
        long reached = target == null ? child : 0;
        complete &= reached != 0;
        trail.add(reached);
        names.add(name);
        continue;
      }
      String text = new String(target.bytes(), StandardCharsets.UTF_8);
      if (text.startsWith("/")) {
        trail.subList(1, trail.size()).clear();
        names.clear();
      }
      List<String> components = components(text);
      Collections.reverse(components);
      components.forEach(rest::push);
    }
    return new Place(complete ? trail.getLast() : 0, "/" + String.join("/", names));
  }

  /// What the absolute `path` is called once every symbolic link in it is followed, as far as the
  /// image has it; in the rest, `..` takes away what is written before it.
  public String resolve(String path) throws IOException {
    return walk(path).path();
  }

  /// The bytes of the regular file at `path`, at most `limit` of them; empty where there is none.
  public Optional<byte[]> content(String path, int limit) throws IOException {
    Optional<InodeRecord> found = find(path);
    if (found.isEmpty() || FileType.ofMode(found.get().mode()).orElse(null) != FileType.REGULAR) {
      return Optional.empty();
    }
    byte[] bytes = new byte[(int) Math.min(limit, found.get().size())];
    long begin = System.nanoTime();
    int length = view.read(found.get().number(), 0, MemorySegment.ofArray(bytes));
    reads.read(found.get().number(), length, begin);
    return Optional.of(length == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, length));
  }

  private static List<String> components(String path) {
    List<String> components = new ArrayList<>();
    for (String component : path.split("/", -1)) {
      if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    return components;
  }
}
