package dev.sway.formats.hot;

import com.github.luben.zstd.Zstd;
import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.StoredImage;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexContent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// An image of which hot packs are made, open until closed.
///
/// @param index of it
/// @param chunks where each lies
/// @param contents of the chunks, by ordinal
record HotImage(
    StoredImage image, IndexReader index, List<ChunkLocation> chunks, List<byte[]> contents)
    implements AutoCloseable {
  /// The image of a tar.
  static HotImage of(byte[] tar, Path folder) throws IOException {
    StoredImage image = StoredImage.ofTar(tar, 2, folder);
    int size = (int) image.read().index().contentSize();
    Path file = Files.createTempFile(folder, "index", ".mdb");
    Files.write(file, Zstd.decompress(image.index(), size));
    IndexReader index = IndexReader.open(file);
    List<ChunkLocation> chunks = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < index.counts().chunks(); i++) {
      int ordinal = i;
      ChunkLocation chunk = index.read(session -> session.chunk(ordinal));
      chunks.add(chunk);
      contents.add(
          ChunkDecoder.decode(
              chunk.id(),
              image.packs().get(chunk.pack()),
              (int) chunk.offset(),
              chunk.stored(),
              chunk.length(),
              "pack"));
    }
    return new HotImage(image, index, chunks, contents);
  }

  /// An index of the same chunks, of whose blocks it knows nothing.
  IndexReader withoutRoots(Path folder) throws IOException {
    Path file = folder.resolve("without.mdb");
    try (Layers layers = new Layers(folder)) {
      new IndexWriter()
          .write(
              new IndexContent(layers.merge(new RawTar().end()), Map.of(), chunks, List.of()),
              file);
    }
    return IndexReader.open(file);
  }

  /// Reads of some parts of some chunks, laid out.
  List<List<HotPiece>> layout(Random random) {
    return layout(random, new HotLayout());
  }

  /// The same in `layout`, as far as it has room.
  List<List<HotPiece>> layout(Random random, HotLayout layout) {
    for (int i = 1 + random.nextInt(40); i > 0; i--) {
      int chunk = random.nextInt(chunks.size());
      int length = chunks.get(chunk).length();
      int from = random.nextInt(length);
      int most = Math.min(length - from, 1 << random.nextInt(20));
      layout.add(chunk, from, from + 1 + random.nextInt(most), length);
    }
    return layout.segments();
  }

  /// What the image has in these pieces; nothing where it has no such pieces.
  byte[] bytes(List<HotPiece> pieces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (HotPiece piece : pieces) {
      byte[] content = piece.chunk() < chunks.size() ? contents.get(piece.chunk()) : new byte[0];
      int from = Math.min(piece.first() * BlockTree.BLOCK, content.length);
      int to = Math.min(piece.end() * BlockTree.BLOCK, content.length);
      bytes.write(content, from, to - from);
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    index.close();
  }
}
