package dev.sway.formats.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexFormat;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexFileTest {
  /// Of a frame (RFC 8878, 3.1.1.1): the header's descriptor, and where it says so the window's.
  private static final int DESCRIPTOR_AT = 4;

  private static final int SINGLE_SEGMENT = 1 << 5;

  @TempDir private Path folder;
  private BuiltBlobs blobs;

  @BeforeEach
  void none() {
    blobs = new BuiltBlobs(folder);
  }

  @Test
  void whoDecompressesOneNeedsLittleMemory() throws IOException {
    Random random = new Random(1);
    RawTar tar = new RawTar();
    for (int i = 0; i < 5000; i++) {
      tar.file("%016x".formatted(random.nextLong()), "content " + i);
    }
    IndexBlob index = StoredImage.manifest(blobs, blobs.add(tar.end())).index();
    byte[] frame = Objects.requireNonNull(blobs.blobs.get(index.digest()));
    assertThat(index.contentSize()).isGreaterThan(512L << 10);
    assertThat(frame[DESCRIPTOR_AT] & SINGLE_SEGMENT).isZero();
    assertThat(windowBytes(frame[DESCRIPTOR_AT + 1] & 0xFF)).isEqualTo(128 << 10);

    Path file = folder.resolve("index.mdb");
    IndexFile.fetch(blobs, index, file);
    assertThat(Digest.of(Files.readAllBytes(file))).isEqualTo(index.contentDigest());
  }

  private static long windowBytes(int descriptor) {
    long base = 1L << (10 + (descriptor >> 3));
    return base + base / 8 * (descriptor & 7);
  }

  @Test
  void frameThatWantsAllMemoryIsRefused() throws IOException {
    byte[] content = new byte[100_000];
    new Random(2).nextBytes(content);
    Path file = folder.resolve("index.mdb");
    IndexFile.fetch(blobs, add(content, IndexFormat.MAX_WINDOW_LOG), file);
    assertThat(file).hasBinaryContent(content);

    IndexBlob greedy = add(content, IndexFormat.MAX_WINDOW_LOG + 1);
    assertThatThrownBy(() -> IndexFile.fetch(blobs, greedy, folder.resolve("other.mdb")))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("index " + greedy.digest())
        .hasMessageContaining("memory");
  }

  private IndexBlob add(byte[] content, int windowLog) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
      out.setWindowLog(windowLog).write(content);
    }
    byte[] frame = bytes.toByteArray();
    blobs.blobs.put(Digest.of(frame), frame);
    return new IndexBlob(Digest.of(frame), frame.length, Digest.of(content), content.length);
  }
}
