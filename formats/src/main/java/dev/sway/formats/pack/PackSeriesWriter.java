package dev.sway.formats.pack;

import dev.sway.formats.chunk.StoredChunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Spreads chunks over as many packs as they need, in files of one folder named by digest. Not
/// thread-safe.
public final class PackSeriesWriter implements AutoCloseable {
  private final Path folder;
  private final List<PackFile> packs = new ArrayList<>();
  private @Nullable PackWriter current;
  private @Nullable Path currentPath;

  /// @param folder existing, for the packs
  public PackSeriesWriter(Path folder) {
    this.folder = folder;
  }

  /// A finished pack and where it lies.
  public record PackFile(Path path, PackWriter.Written written) {}

  /// Where a chunk went.
  ///
  /// @param pack ordinal of the pack, from 0
  /// @param entry position in it
  public record Position(int pack, PackEntry entry) {}

  /// Appends a chunk to the pack that is open, or to a new one.
  public Position append(StoredChunk chunk) throws IOException {
    PackWriter writer = current;
    if (writer == null) {
      currentPath = folder.resolve("pack-" + packs.size() + ".partial");
      writer = new PackWriter(currentPath);
      current = writer;
    }
    Position position = new Position(packs.size(), writer.append(chunk));
    if (writer.isFull(chunk)) {
      endPack();
    }
    return position;
  }

  /// Ends the last pack and answers all of them, in order.
  public List<PackFile> finish() throws IOException {
    endPack();
    return List.copyOf(packs);
  }

  private void endPack() throws IOException {
    PackWriter writer = current;
    Path path = currentPath;
    if (writer == null || path == null) {
      return;
    }
    PackWriter.Written written = writer.finish();
    writer.close();
    current = null;
    Path named = folder.resolve(written.digest().hex());
    Files.move(path, named);
    packs.add(new PackFile(named, written));
  }

  @Override
  public void close() throws IOException {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
