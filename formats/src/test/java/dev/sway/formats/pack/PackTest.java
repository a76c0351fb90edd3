package dev.sway.formats.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.chunk.StoredChunk;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackTest {
  private static final int TRAILER = 68;

  @TempDir private Path folder;

  private static List<byte[]> contents(int count) {
    Random random = new Random(9);
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      contents.add(
          RawTar.join(
              Randomized.bytes(random, 1 + random.nextInt(100)), new byte[random.nextInt(500)]));
    }
    return contents;
  }

  private static StoredChunk encode(byte[] content) {
    try (ChunkEncoder encoder = new ChunkEncoder(ChunkEncoder.DEFAULT_LEVEL)) {
      return encoder.encode(content, content.length);
    }
  }

  private Path write(String name, List<byte[]> contents) throws IOException {
    Path path = folder.resolve(name);
    try (PackWriter writer = new PackWriter(path)) {
      for (byte[] content : contents) {
        writer.append(encode(content));
      }
      PackWriter.Written written = writer.finish();
      assertThat(written.digest()).isEqualTo(Digest.of(Files.readAllBytes(path)));
      assertThat(written.size()).isEqualTo(Files.size(path));
      assertThat(written.contentSize())
          .isEqualTo(contents.stream().mapToLong(content -> content.length).sum());
    }
    return path;
  }

  private static void readAll(Path path) throws IOException {
    try (PackReader reader = PackReader.open(path)) {
      for (PackEntry entry : reader.entries()) {
        reader.read(entry);
      }
    }
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void whatIsWrittenIsReadInOrder() throws IOException {
    List<byte[]> contents = contents(50);
    try (PackReader reader = PackReader.open(write("pack", contents))) {
      assertThat(reader.entries()).hasSize(50);
      long offset = 0;
      for (int i = 0; i < 50; i++) {
        PackEntry entry = reader.entries().get(i);
        assertThat(entry.offset()).isEqualTo(offset);
        assertThat(entry.id()).isEqualTo(new ChunkId(Digest.of(contents.get(i))));
        assertThat(reader.read(entry)).isEqualTo(contents.get(i));
        offset += entry.stored();
      }
    }
  }

  @Test
  void aPackMayBeEmpty() throws IOException {
    try (PackReader reader = PackReader.open(write("pack", List.of()))) {
      assertThat(reader.entries()).isEmpty();
    }
  }

  @Test
  void theLayoutIsThatOfTheSpecification() throws IOException {
    byte[] content = RawTar.bytes("content");
    StoredChunk chunk = encode(content);
    ByteBuffer pack =
        ByteBuffer.wrap(Files.readAllBytes(write("pack", List.of(content))))
            .order(ByteOrder.LITTLE_ENDIAN);
    int table = chunk.frame().length;

    assertThat(pack.capacity()).isEqualTo(table + 8 + 40 + TRAILER);
    assertThat(pack.getInt(table)).isEqualTo(0x184D2A5A);
    assertThat(pack.getInt(table + 4)).isEqualTo(40);
    assertThat(Digest.read(pack.position(table + 8))).isEqualTo(Digest.of(content));
    assertThat(pack.getInt()).isEqualTo(table);
    assertThat(pack.getInt()).isEqualTo(7);
    assertThat(pack.getInt()).isEqualTo(0x184D2A5B);
    assertThat(pack.getInt()).isEqualTo(60);
    byte[] signature = new byte[8];
    pack.get(signature);
    assertThat(signature).isEqualTo(RawTar.bytes("SWAYPACK"));
    assertThat(pack.getInt()).isEqualTo(1);
    assertThat(pack.getInt()).isEqualTo(1);
    assertThat(pack.getLong()).isEqualTo(table);
  }

  @Test
  void theStandardToolAcceptsAPackAndPrintsItsContents() throws Exception {
    Path zstd = Path.of("/usr/bin/zstd");
    assumeTrue(Files.isExecutable(zstd), "skipped: /usr/bin/zstd is not installed");
    List<byte[]> contents = contents(20);
    Path pack = write("pack", contents);

    assertThat(run(List.of(zstd.toString(), "-t", pack.toString()))).isEmpty();
    assertThat(run(List.of(zstd.toString(), "-q", "-dc", pack.toString())))
        .isEqualTo(RawTar.join(contents.toArray(byte[][]::new)));
  }

  private static byte[] run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as("%s", command).isZero();
    return output;
  }

  @Test
  void everyTruncationIsCorrupt() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(3)));
    for (int length = 0; length < pack.length; length++) {
      Path cut = file("cut", Arrays.copyOf(pack, length));
      assertThatThrownBy(() -> PackReader.open(cut))
          .as("cut to %d of %d bytes", length, pack.length)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("cut");
    }
  }

  @Test
  void bytesAddedAtEitherEndAreCorrupt() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(3)));

    assertThatThrownBy(() -> PackReader.open(file("a", RawTar.join(pack, new byte[1]))))
        .isInstanceOf(CorruptException.class);
    assertThatThrownBy(() -> PackReader.open(file("b", RawTar.join(new byte[1], pack))))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void everyFlippedBitOfTableAndTrailerIsCorrupt() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(2)));
    int table = pack.length - TRAILER - 80 - 8;
    for (int bit = 8 * table; bit < 8 * pack.length; bit++) {
      byte[] flipped = pack.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Path path = file("flipped", flipped);
      assertThatThrownBy(() -> PackReader.open(path))
          .as("bit %d of byte %d", bit % 8, bit / 8)
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void flippedBitInAFrameIsReportedWhenItIsRead() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(2)));
    pack[20] ^= 1;
    Path path = file("flipped", pack);

    try (PackReader reader = PackReader.open(path)) {
      assertThatThrownBy(() -> reader.read(reader.entries().getFirst()))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("flipped");
      assertThat(reader.read(reader.entries().getLast())).isEqualTo(contents(2).getLast());
    }
  }

  @Test
  void otherVersionsAreToldFromDamage() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(2)));

    for (int version : new int[] {0, 2, -1}) {
      Path path = file("v" + version, withTrailerField(pack, 16, version));
      assertThatThrownBy(() -> PackReader.open(path))
          .isInstanceOf(UnsupportedVersionException.class)
          .hasMessageContaining(version == 0 ? "too old" : "too new");
    }
  }

  /// The pack with a changed field at `offset` of its trailer, and a checksum that matches.
  private static byte[] withTrailerField(byte[] pack, int offset, int value) {
    ByteBuffer changed = ByteBuffer.wrap(pack.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int trailer = pack.length - TRAILER;
    changed.putInt(trailer + offset, value);
    CRC32C crc = new CRC32C();
    crc.update(changed.array(), trailer + 8, 56);
    return changed.putInt(pack.length - 4, (int) crc.getValue()).array();
  }

  @Test
  void impossibleCountsAreCorruptThoughTheChecksumMatches() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(2)));
    for (int chunks : new int[] {0, 1, 3, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 20}) {
      Path path = file("n" + chunks, withTrailerField(pack, 20, chunks));
      assertThatThrownBy(() -> PackReader.open(path))
          .as("%d chunks", chunks)
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void impossibleLengthsAreCorruptThoughEveryChecksumMatches() throws IOException {
    byte[] pack = Files.readAllBytes(write("pack", contents(2)));
    int entries = pack.length - TRAILER - 80;
    for (int offset : new int[] {32, 36, 72, 76}) {
      for (int length : new int[] {0, -1, Integer.MIN_VALUE, 1 << 30}) {
        byte[] changed = pack.clone();
        ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(entries + offset, length);
        Digest digest = Digest.of(Arrays.copyOfRange(changed, entries, entries + 80));
        digest.write(buffer.position(pack.length - TRAILER + 32));
        Path path = file("changed", withTrailerField(changed, 16, 1));
        assertThatThrownBy(() -> PackReader.open(path)).isInstanceOf(CorruptException.class);
      }
    }
  }

  @Test
  void whatIsNotAPackIsCorrupt() throws IOException {
    for (byte[] bytes : List.of(new byte[0], new byte[100], RawTar.bytes("text".repeat(100)))) {
      Path path = file("other", bytes);
      assertThatThrownBy(() -> PackReader.open(path)).isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void aWriterRefusesWorkAfterAFailure() throws IOException {
    PackWriter writer = new PackWriter(folder.resolve("pack"));
    StoredChunk chunk = encode(new byte[10]);
    writer.append(chunk);
    writer.close();

    assertThatThrownBy(() -> writer.append(chunk)).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> writer.append(chunk)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    writer.close();
  }

  @Test
  void aFileThatHoldsOtherBytesThanWereWrittenIsNotPublished() throws IOException {
    Path path = file("written", RawTar.bytes("what was written"));
    Digest written = Digest.of(RawTar.bytes("what was written"));
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      DurableFile.settle(channel, path, written);
      channel.write(ByteBuffer.wrap(RawTar.bytes("W")), 0);

      assertThatThrownBy(() -> DurableFile.settle(channel, path, written))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
          .hasMessageContaining(path.toString())
          .hasMessageContaining(written.toString());
    }
  }

  @Test
  void whatChangesUnderAWriterIsFoundWhenItIsReadBack() throws IOException {
    Path path = folder.resolve("pack");
    try (PackWriter writer = new PackWriter(path);
        FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      writer.append(encode(new byte[10]));
      other.write(ByteBuffer.wrap(new byte[1]), 3);

      assertThatThrownBy(writer::finish).isInstanceOf(SwayException.class);
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aFinishedPackTakesNoMore() throws IOException {
    try (PackWriter writer = new PackWriter(folder.resolve("pack"))) {
      writer.append(encode(new byte[10]));
      writer.finish();

      assertThatThrownBy(() -> writer.append(encode(new byte[11])))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }
    readAll(folder.resolve("pack"));
  }

  @Test
  void aWriterNeverOverwritesAFile() throws IOException {
    Path path = file("pack", new byte[1]);

    assertThatThrownBy(() -> new PackWriter(path))
        .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
  }

  @Test
  void aSeriesEndsPacksBySizeAndContentAndNamesThemByDigest() throws IOException {
    Random random = new Random(10);
    List<PackSeriesWriter.Position> positions = new ArrayList<>();
    List<PackSeriesWriter.PackFile> packs;
    try (PackSeriesWriter series = new PackSeriesWriter(folder)) {
      for (int i = 0; i < 70; i++) {
        positions.add(series.append(encode(Randomized.bytes(random, 1 << 20))));
      }
      packs = series.finish();
    }

    assertThat(packs.size()).isGreaterThan(1);
    for (int i = 0; i < packs.size(); i++) {
      PackSeriesWriter.PackFile pack = packs.get(i);
      assertThat(pack.path().getFileName()).hasToString(pack.written().digest().hex());
      if (i < packs.size() - 1) {
        assertThat(pack.written().size()).isGreaterThanOrEqualTo(PackFormat.MIN_PACK);
      }
      assertThat(pack.written().size()).isLessThan(PackFormat.MAX_PACK + (2 << 20));
      readAll(pack.path());
    }
    assertThat(positions.getLast().pack()).isEqualTo(packs.size() - 1);
    try (var files = Files.list(folder)) {
      assertThat(files).hasSameSizeAs(packs);
    }
  }

  @Test
  void anAbandonedSeriesIsClosedWithoutAPack() throws IOException {
    PackSeriesWriter series = new PackSeriesWriter(folder);
    series.append(encode(new byte[10]));
    series.close();
    series.close();

    try (var files = Files.list(folder)) {
      assertThat(files).allMatch(file -> file.toString().endsWith(".partial"));
    }
  }
}
