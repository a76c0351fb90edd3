package dev.sway.formats.image;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.tree.FileType;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeInode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a build had to store, and what was stored already.
///
/// @param newBytes size of the packs that were written
/// @param shared by the name of an image: how many bytes of its packs are used again
/// @param largestNew the files with most new content, the largest first
public record BuildReport(long newBytes, Map<String, Long> shared, List<NewFile> largestNew) {
  private static final int FILES = 10;

  public BuildReport {
    shared = Map.copyOf(shared);
    largestNew = List.copyOf(largestNew);
  }

  /// A file with content that no known chunk has.
  ///
  /// @param path in the image, for people
  /// @param bytes of it that are new, uncompressed; of a small file, all of them where its bundle
  ///   is new
  public record NewFile(String path, long bytes) {}

  static BuildReport of(Tree tree, StoredChunks stored) {
    int newPacks = stored.written().size();
    Map<Long, Long> fresh = new HashMap<>();
    stored
        .extents()
        .forEach((inode, extents) -> {
          long bytes = 0;
          for (Extent extent : extents) {
            ChunkLocation chunk = stored.chunks().get(extent.chunk());
            bytes += chunk.pack() < newPacks ? extent.length() : 0;
          }
          if (bytes > 0) {
            fresh.put(inode, bytes);
          }
        });
    List<Long> largest =
        fresh.keySet().stream()
            .sorted(
                Comparator.<Long, Long>comparing(fresh::get)
                    .reversed()
                    .thenComparing(Comparator.naturalOrder()))
            .limit(FILES)
            .toList();
    Map<Long, String> paths = new HashMap<>();
    findPaths(tree.root(), "", largest, paths);
    return new BuildReport(
        stored.written().stream().mapToLong(pack -> pack.written().size()).sum(),
        stored.reusedStored(),
        largest.stream()
            .map(
                inode -> new NewFile(paths.getOrDefault(inode, "?"), fresh.getOrDefault(inode, 0L)))
            .toList());
  }

  private static void findPaths(
      TreeInode root, String rootPath, List<Long> wanted, Map<Long, String> paths) {
    record Folder(TreeInode inode, String path) {}
    List<Folder> rest = new ArrayList<>(List.of(new Folder(root, rootPath)));
    while (!rest.isEmpty()) {
      Folder folder = rest.removeLast();
      for (Map.Entry<ByteName, TreeInode> child : folder.inode().children().entrySet()) {
        TreeInode inode = child.getValue();
        String path = folder.path() + "/" + child.getKey();
        if (inode.type() == FileType.DIRECTORY) {
          rest.add(new Folder(inode, path));
        } else if (wanted.contains(inode.number())) {
          paths.putIfAbsent(inode.number(), path);
        }
      }
    }
  }
}
