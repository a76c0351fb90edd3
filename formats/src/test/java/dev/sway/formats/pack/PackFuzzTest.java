package dev.sway.formats.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged packs, also such that a liar has sealed again: what is read of them has the digest that
/// their table says, or is refused.
class PackFuzzTest {
  /// One chunk of the greatest length for each of a few entries.
  private static final long MAX_ALLOCATION = 64 << 20;

  private static final int TRAILER = 68;

  @TempDir private Path folder;

  private List<byte[]> packs() throws IOException {
    List<byte[]> packs = new ArrayList<>();
    Random random = new Random(4);
    for (int chunks = 0; chunks < 4; chunks++) {
      Path path = folder.resolve("pack" + chunks);
      try (PackWriter writer = new PackWriter(path);
          ChunkEncoder encoder = new ChunkEncoder(ChunkEncoder.DEFAULT_LEVEL)) {
        for (int i = 0; i < chunks; i++) {
          byte[] content = Randomized.bytes(random, 1 + random.nextInt(100));
          writer.append(encoder.encode(content, content.length));
        }
        writer.finish();
      }
      packs.add(Files.readAllBytes(path));
    }
    return packs;
  }

  @Test
  void damagedPacksAreReadRightOrRefused() throws IOException {
    List<byte[]> packs = packs();
    Path path = folder.resolve("damaged");
    int[] opened = {0};
    try (Bounded bounded = new Bounded(MAX_ALLOCATION)) {
      Randomized.forSeeds(
          Mutator.RUNS,
          random -> {
            byte[] damaged = new Mutator(random, packs).next();
            Files.write(path, random.nextInt(3) == 0 ? damaged : sealed(damaged));
            try {
              bounded.run(() -> readAll(path));
              opened[0]++;
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).contains("damaged").doesNotContain("\n");
            }
          });
    }
    assertThat(opened[0]).as("packs that were read").isLessThan(Mutator.RUNS);
  }

  private static int readAll(Path path) throws IOException {
    try (PackReader reader = PackReader.open(path)) {
      for (PackEntry entry : reader.entries()) {
        assertThat(Digest.of(reader.read(entry))).isEqualTo(entry.id().digest());
      }
      return reader.entries().size();
    }
  }

  /// The pack with a digest of its table and a checksum of its trailer that are right, where the
  /// trailer names a table that is there.
  private static byte[] sealed(byte[] pack) {
    if (pack.length < TRAILER) {
      return pack;
    }
    ByteBuffer bytes = ByteBuffer.wrap(pack).order(ByteOrder.LITTLE_ENDIAN);
    int trailer = pack.length - TRAILER;
    long table = trailer - 40L * bytes.getInt(trailer + 20);
    if (table >= 0 && table <= trailer) {
      Digest.of(Arrays.copyOfRange(pack, (int) table, trailer)).write(bytes.position(trailer + 32));
    }
    CRC32C crc = new CRC32C();
    crc.update(pack, trailer + 8, 56);
    bytes.putInt(pack.length - 4, (int) crc.getValue());
    return pack;
  }
}
