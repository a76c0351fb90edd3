package dev.sway.formats.source;

import dev.sway.formats.layer.Content;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.tar.SparseMap;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The bytes of a regular file in a folder, which is opened for each read and must not have changed
/// since the folder was listed.
///
/// @param tree that it is in
/// @param path of it there
/// @param version when it was listed
/// @param data where in it its data lie
record FolderContent(FolderTree tree, EntryPath path, FileStatus.Version version, SparseMap data)
    implements Content {
  private static final int STAT_BLOCK = 512;

  /// The content of the file of `status`, whose holes are found out where it occupies less than its
  /// size.
  static FolderContent of(FolderTree tree, EntryPath path, FileStatus status) throws IOException {
    long size = status.size();
    SparseMap data =
        size <= SparseMap.MAX_SPARSE_SIZE && status.blocks() < (size + STAT_BLOCK - 1) / STAT_BLOCK
            ? tree.inFile(path, status.identity(), file -> sparse(file, size))
            : SparseMap.whole(size);
    return new FolderContent(tree, path, status.identity(), data);
  }

  /// A file with more ranges than a map holds is all data behind the last one.
  private static SparseMap sparse(int file, long size) throws IOException {
    SparseMap.Builder map = new SparseMap.Builder(size);
    Optional<Long> data = LinuxFiles.dataFrom(file, 0);
    for (int ranges = 1; data.isPresent() && data.get() < size; ranges++) {
      long start = data.get();
      long end =
          ranges == SparseMap.MAX_RANGES ? size : Math.min(size, LinuxFiles.holeFrom(file, start));
      map.add(start, end - start);
      data = end == size ? Optional.empty() : LinuxFiles.dataFrom(file, end);
    }
    return map.build();
  }

  private record Part(long fileOffset, int targetOffset, int length) {}

  @Override
  public void read(long position, byte[] target, int targetOffset, int length) throws IOException {
    if (length == 0) {
      return;
    }
    List<Part> parts = new ArrayList<>(1);
    data.parts(
        position,
        length,
        (fileOffset, at, count) ->
            parts.add(new Part(fileOffset, targetOffset + (int) (at - position), (int) count)));
    boolean complete =
        tree.inFile(
            path,
            version,
            file -> {
              for (Part part : parts) {
                read(file, part, target);
              }
              return true;
            });
    assert complete;
  }

  private void read(int file, Part part, byte[] target) throws IOException {
    for (int done = 0; done < part.length(); ) {
      int count =
          LinuxFiles.read(
              file,
              part.fileOffset() + done,
              target,
              part.targetOffset() + done,
              part.length() - done);
      if (count == 0) {
        throw new EOFException(
            tree.text(path) + " became shorter while it was read; export it again");
      }
      done += count;
    }
  }
}
