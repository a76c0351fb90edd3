package dev.sway.formats.pack;

import dev.sway.formats.chunk.StoredChunk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Spreads chunks over as many packs as they need, in files of one folder named by digest. Not
/// thread-safe.
public final class PackSeriesWriter implements AutoCloseable {
  private final Path folder;
  private final List<PackFile> packs = new ArrayList<>();
  private final List<PackWriter> ended = new ArrayList<>();
  private final List<Future<?>> settling = new ArrayList<>();

  /// A disk takes its time to take a pack; meanwhile the next one is written.
  private final ExecutorService settler =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("settle-packs").daemon().factory());

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

  /// Ends the last pack and answers all of them, in order, once they are on the disk.
  public List<PackFile> finish() throws IOException {
    endPack();
    for (Future<?> pack : settling) {
      await(pack);
    }
    return List.copyOf(packs);
  }

  private void endPack() throws IOException {
    PackWriter writer = current;
    Path path = currentPath;
    if (writer == null || path == null) {
      return;
    }
    PackWriter.Written written = writer.end();
    current = null;
    ended.add(writer);
    Path named = folder.resolve(written.digest().hex());
    packs.add(new PackFile(named, written));
    settling.add(
        settler.submit(() -> {
          try (writer) {
            writer.settle(written);
          }
          return Files.move(path, named);
        }));
  }

  private static void await(Future<?> pack) throws IOException {
    try {
      pack.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while packs were brought to the disk");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IllegalStateException("a pack could not be brought to the disk", e.getCause());
    }
  }

  @Override
  public void close() throws IOException {
    settler.shutdownNow();
    settler.close();
    for (PackWriter writer : ended) {
      // Those that did not get to settle; for the others it does nothing.
      writer.close();
    }
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
