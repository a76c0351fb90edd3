package dev.sway.swayctl.image;

import dev.sway.formats.id.ChunkId;
import dev.sway.formats.read.StoredImage;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/// The chunks of images. Takes about 150 bytes of memory for each: 0.5 MB for a gigabyte of image.
final class ChunkSet {
  private ChunkSet() {}

  static Set<ChunkId> of(StoredImage image) throws IOException {
    Set<ChunkId> chunks = new HashSet<>();
    int count = image.index().counts().chunks();
    image
        .index()
        .read(session -> {
          for (int i = 0; i < count; i++) {
            chunks.add(session.chunk(i).id());
          }
          return true;
        });
    return chunks;
  }
}
