package dev.sway.formats.image;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.PackBlob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Chunks of images that are stored already: a new image refers to them where they are, so that
/// what did not change is neither compressed nor stored again. Not thread-safe while images are
/// added; afterwards it is.
public final class KnownChunks {
  /// More than this many are not held, at some 150 bytes each: what is left out is stored once
  /// more.
  private static final int MAX_CHUNKS = 1_000_000;

  private final Map<ChunkId, Place> places = new HashMap<>();
  private final KnownCuts cuts = new KnownCuts();

  /// Where a chunk is.
  ///
  /// @param image the name under which the image was added
  /// @param pack that holds it
  /// @param offset of its zstd frame in the pack
  /// @param stored length of the frame in bytes
  /// @param length of its content in bytes
  public record Place(String image, PackBlob pack, long offset, int stored, int length) {}

  /// Adds the chunks of an image; those known already stay where they are.
  ///
  /// @param image its name, for people
  /// @param index which belongs to `manifest`
  /// @return whether there was room for all of them
  /// @throws CorruptException where the index has a chunk outside its pack
  public boolean add(String image, Manifest manifest, IndexReader index) throws IOException {
    int count = index.counts().chunks();
    List<ChunkLocation> chunks = new ArrayList<>();
    boolean all =
        index.read(session -> {
          for (int ordinal = 0; ordinal < count; ordinal++) {
            if (places.size() >= MAX_CHUNKS) {
              return false;
            }
            ChunkLocation chunk = session.chunk(ordinal);
            if (chunk.pack() >= manifest.packs().size()
                || chunk.offset() > manifest.packs().get(chunk.pack()).size() - chunk.stored()) {
              throw new CorruptException(
                  "the index of " + image,
                  "has an impossible chunk %d: %s".formatted(ordinal, chunk));
            }
            chunks.add(chunk);
            places.putIfAbsent(
                chunk.id(),
                new Place(
                    image,
                    manifest.packs().get(chunk.pack()),
                    chunk.offset(),
                    chunk.stored(),
                    chunk.length()));
          }
          return true;
        });
    cuts.add(index, chunks, MAX_CHUNKS);
    return all;
  }

  /// Where the large files of these images were cut.
  KnownCuts cuts() {
    return cuts;
  }

  /// Where the chunk `id` of `length` bytes is, or null where it is not known: an index that gives
  /// it another length is not to be trusted with it.
  public @Nullable Place find(ChunkId id, int length) {
    Place place = places.get(id);
    return place != null && place.length() == length ? place : null;
  }
}
