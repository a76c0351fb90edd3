package dev.sway.formats.hot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.BlocksId;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hot packs of an image: what is written is what the image has, and nothing else passes for it.
class HotPackTest {
  @TempDir private Path folder;
  private HotImage image;

  /// A hot pack that was written and read back.
  private record Written(HotMap map, byte[] file, List<byte[]> contents) {
    HotSegment segment(int number) {
      return map.segments().get(number);
    }

    List<List<HotPiece>> pieces() {
      return map.segments().stream().map(HotSegment::pieces).toList();
    }
  }

  @BeforeEach
  void build() throws IOException {
    image = HotImage.of(tar(new Random(1)), folder);
  }

  @AfterEach
  void close() {
    image.close();
  }

  private static byte[] tar(Random random) {
    RawTar tar = new RawTar();
    for (int i = 0; i < 30; i++) {
      tar.file("small/" + i, Randomized.bytes(random, 1 + random.nextInt(20_000)));
    }
    return tar.file("large", Randomized.bytes(random, 1_500_000))
        .file("larger", Randomized.bytes(random, 2_000_001))
        .end();
  }

  private Written write(List<List<HotPiece>> layout) throws IOException {
    return write(layout, chunk -> MemorySegment.ofArray(image.contents().get(chunk)));
  }

  private Written write(List<List<HotPiece>> layout, HotPackWriter.Contents contents)
      throws IOException {
    Path path = Files.createTempDirectory(folder, "hot").resolve("pack");
    HotMap map = new HotPackWriter(contents).write(image.image().digest(), layout, path);
    List<byte[]> read = new ArrayList<>();
    try (PackReader pack = PackReader.open(path)) {
      for (PackEntry entry : pack.entries()) {
        read.add(pack.read(entry));
      }
      assertThat(map.segments().stream().map(HotSegment::location))
          .containsExactlyElementsOf(
              pack.entries().stream()
                  .map(e -> new ChunkLocation(e.id(), 0, e.offset(), e.stored(), e.length()))
                  .toList());
    }
    byte[] file = Files.readAllBytes(path);
    assertThat(map.pack().digest()).isEqualTo(Digest.of(file));
    assertThat(map.pack().size()).isEqualTo(file.length);
    assertThat(map.manifest()).isEqualTo(image.image().digest());
    HotMaps.assertRead(map);
    return new Written(map, file, read);
  }

  /// Two segments, with pieces of several chunks.
  private Written twoSegments() throws IOException {
    HotLayout layout = new HotLayout();
    int last = image.chunks().size() - 1;
    layout.add(last, 5_000, 9_000, image.chunks().get(last).length());
    layout.add(last, 100_000, 140_000, image.chunks().get(last).length());
    layout.add(0, 0, image.chunks().get(0).length(), image.chunks().get(0).length());
    Written written = write(layout.segments());
    assertThat(written.contents()).hasSizeGreaterThan(1);
    return written;
  }

  private static void verify(HotSegment segment, byte[] content, IndexReader index)
      throws IOException {
    index.read(session -> {
      HotProof.of(segment, session, "hot pack")
          .verify(MemorySegment.ofArray(content), new BlockTree(), "hot pack");
      return true;
    });
  }

  private void assertRefused(HotSegment segment, byte[] content, String why) {
    assertRefused(segment, content, image.index(), why);
  }

  private static void assertRefused(
      HotSegment segment, byte[] content, IndexReader index, String why) {
    assertThatThrownBy(() -> verify(segment, content, index))
        .isInstanceOf(CorruptException.class)
        .hasMessageStartingWith("hot pack: ")
        .hasMessageContaining(why)
        .hasMessageNotContaining("\n");
  }

  private static HotSegment with(HotSegment segment, List<HotPiece> pieces) {
    return new HotSegment(segment.location(), pieces, segment.proof());
  }

  private static HotSegment with(HotSegment segment, byte[] proof) {
    return new HotSegment(segment.location(), segment.pieces(), proof);
  }

  @Test
  void theImageHasWhatTheTestsNeed() {
    assertThat(image.chunks()).hasSizeGreaterThan(5);
    assertThat(image.chunks()).anyMatch(chunk -> chunk.length() % BlockTree.BLOCK != 0);
  }

  @Test
  void whatWasLaidOutIsReadBackAndVerified() {
    Randomized.forSeeds(
        40,
        random -> {
          List<List<HotPiece>> layout = image.layout(random);
          Written hot = write(layout);
          assertThat(hot.map().segments().stream().map(HotSegment::pieces).toList())
              .isEqualTo(layout);
          for (int i = 0; i < layout.size(); i++) {
            assertThat(hot.contents().get(i)).isEqualTo(image.bytes(layout.get(i)));
            verify(hot.segment(i), hot.contents().get(i), image.index());
          }
        });
  }

  @Test
  void wholeChunksNeedNoProof() throws IOException {
    List<HotPiece> whole =
        List.of(new HotPiece(2, 0, BlockTree.blocks(image.chunks().get(2).length())));
    Written hot = write(List.of(whole));
    assertThat(hot.segment(0).proof()).isEmpty();
    verify(hot.segment(0), hot.contents().getFirst(), image.index());
  }

  @Test
  void theSameLayoutGivesTheSameBytes() throws IOException {
    List<List<HotPiece>> layout = image.layout(new Random(2));
    Written first = write(layout);
    Written second = write(layout);
    assertThat(second.file()).isEqualTo(first.file());
    assertThat(HotMapWriter.write(second.map())).isEqualTo(HotMapWriter.write(first.map()));
  }

  @Test
  void nothingGivesAHotPackOfNoSegments() throws IOException {
    assertThat(write(List.of()).map().segments()).isEmpty();
  }

  @Test
  void aHotPackOfTheLargestSizeIsWrittenAndNoneOfAByteMore() throws IOException {
    List<List<HotPiece>> layout = twoSegments().pieces();
    HotPackWriter.Contents contents = chunk -> MemorySegment.ofArray(image.contents().get(chunk));
    Digest manifest = image.image().digest();
    HotMap map = new HotPackWriter(contents).write(manifest, layout, folder.resolve("any"));
    long size = map.pack().size();

    assertThat(new HotPackWriter(contents, size).write(manifest, layout, folder.resolve("at")))
        .usingRecursiveComparison()
        .isEqualTo(map);
    long frames = map.segments().getLast().location().offset();
    for (long less : List.of(size - 1, frames, 1L)) {
      assertThatThrownBy(() ->
              new HotPackWriter(contents, less)
                  .write(manifest, layout, folder.resolve("past" + less)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("more than %d".formatted(less));
    }
    assertThat(folder.resolve("past1"))
        .as("no more than the first segment")
        .hasSize(map.segments().getFirst().location().stored());
  }

  @Test
  void piecesThatNoMapMayHaveAreNotWritten() {
    assertThatThrownBy(() -> write(List.of(List.of(new HotPiece(1, 3, 1), new HotPiece(1, 4, 1)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("segment 0 has the impossible HotPiece");
  }

  /// A layout that has room for the map to the byte has all; with a byte less the last segment is
  /// missing.
  @Test
  void aLayoutKnowsHowLongItsMapWillBe() {
    Randomized.forSeeds(
        40,
        random -> {
          long seed = random.nextLong();
          List<List<HotPiece>> all = image.layout(new Random(seed));
          int bytes = HotMapWriter.write(write(all).map()).length;
          assertThat(image.layout(new Random(seed), new HotLayout(Long.MAX_VALUE, bytes)))
              .isEqualTo(all);
          assertThat(image.layout(new Random(seed), new HotLayout(Long.MAX_VALUE, bytes - 1)))
              .isEqualTo(all.subList(0, all.size() - 1));
        });
  }

  @Test
  void theStandardToolAcceptsAHotPack() throws Exception {
    Path zstd = Path.of("/usr/bin/zstd");
    assumeTrue(Files.isExecutable(zstd), "skipped: /usr/bin/zstd is not installed");
    Path pack = Files.write(folder.resolve("hot"), twoSegments().file());
    Process process =
        new ProcessBuilder(zstd.toString(), "-q", "-t", pack.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    assertThat(process.waitFor()).isZero();
  }

  /// Its digests are right, also those of the proofs: it is the index that knows better.
  @Test
  void aHotPackOfOtherContentIsRefused() throws IOException {
    List<List<HotPiece>> layout = List.of(List.of(new HotPiece(1, 3, 5)));
    for (int at : new int[] {0, 4 * BlockTree.BLOCK, image.chunks().get(1).length() - 1}) {
      byte[] other = image.contents().get(1).clone();
      other[at] ^= 1;
      Written hot = write(layout, _ -> MemorySegment.ofArray(other));
      assertRefused(
          hot.segment(0), hot.contents().getFirst(), "has other bytes of chunk 1 than the image");
    }
  }

  @Test
  void aHotPackOfAnotherImageIsRefused() throws IOException {
    Written hot = twoSegments();
    try (HotImage other = HotImage.of(tar(new Random(2)), folder)) {
      for (int i = 0; i < hot.contents().size(); i++) {
        HotSegment segment = hot.segment(i);
        byte[] content = hot.contents().get(i);
        assertThatThrownBy(() -> verify(segment, content, other.index()))
            .isInstanceOf(CorruptException.class);
      }
    }
  }

  @Test
  void everyFlippedBitIsRefused() throws IOException {
    Written hot = twoSegments();
    HotSegment segment = hot.segment(0);
    assertThat(segment.proof()).isNotEmpty();
    Randomized.forSeeds(
        200,
        random -> {
          byte[] content = hot.contents().getFirst().clone();
          content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
          assertRefused(segment, content, "has other bytes of chunk ");
          byte[] proof = segment.proof().clone();
          proof[random.nextInt(proof.length)] ^= (byte) (1 << random.nextInt(8));
          assertRefused(
              with(segment, proof), hot.contents().getFirst(), "has other bytes of chunk ");
        });
  }

  @Test
  void anotherProofIsRefused() throws IOException {
    Written hot = write(List.of(List.of(new HotPiece(1, 3, 5)), List.of(new HotPiece(2, 3, 5))));
    HotSegment segment = hot.segment(0);
    byte[] content = hot.contents().getFirst();
    byte[] proof = segment.proof();
    assertRefused(with(segment, hot.segment(1).proof()), content, "has other bytes of chunk 1");
    assertRefused(with(segment, new byte[0]), content, "has other bytes of chunk 1");
    assertRefused(
        with(segment, Arrays.copyOf(proof, proof.length - Digest.BYTES)),
        content,
        "has other bytes of chunk 1");
    assertRefused(
        with(segment, Arrays.copyOf(proof, proof.length + Digest.BYTES)),
        content,
        "has bytes that belong to no chunk");
  }

  @Test
  void piecesThatTheImageDoesNotHaveAreRefused() throws IOException {
    Written hot = write(List.of(List.of(new HotPiece(1, 3, 5))));
    HotSegment segment = hot.segment(0);
    byte[] content = hot.contents().getFirst();
    int chunks = image.chunks().size();
    int blocks = BlockTree.blocks(image.chunks().get(1).length());

    for (int chunk : List.of(chunks, Integer.MAX_VALUE)) {
      assertRefused(
          with(segment, List.of(new HotPiece(chunk, 3, 5))),
          content,
          "has pieces of chunk %d, which is none".formatted(chunk));
    }
    for (HotPiece behind :
        List.of(
            new HotPiece(1, blocks - 4, 5),
            new HotPiece(1, blocks, 5),
            new HotPiece(1, 1023, 1),
            new HotPiece(1, 0, 1024))) {
      assertRefused(
          with(segment, List.of(behind)), content, "has pieces of chunk 1 that it does not have");
    }
  }

  /// What is kept under a proof is shown for every equal one.
  @Test
  void proofsOfTheSameContentAreEqualAndNoOthers() throws IOException {
    Written hot = write(List.of(List.of(new HotPiece(1, 3, 5), new HotPiece(2, 3, 5))));
    HotSegment segment = hot.segment(0);
    HotProof proof = proof(segment);
    HotSegment elsewhere =
        new HotSegment(twoSegments().segment(0).location(), segment.pieces(), new byte[0]);
    assertThat(proof(elsewhere).id()).isEqualTo(proof.id()).hasSameHashCodeAs(proof.id());
    for (List<HotPiece> other :
        List.of(
            List.of(new HotPiece(1, 3, 5), new HotPiece(2, 3, 4)),
            List.of(new HotPiece(2, 3, 5), new HotPiece(1, 3, 5)),
            List.of(new HotPiece(1, 3, 5), new HotPiece(2, 4, 5)),
            List.of(new HotPiece(1, 3, 5), new HotPiece(3, 3, 5)),
            List.of(new HotPiece(1, 3, 5)))) {
      assertThat(proof(with(segment, other)).id()).as("%s", other).isNotEqualTo(proof.id());
    }
    assertThat((Object) new ChunkId(proof.id().digest())).isNotEqualTo(proof.id());
    try (HotImage other = HotImage.of(tar(new Random(2)), folder)) {
      BlocksId id = other.index().read(session -> HotProof.of(segment, session, "other").id());
      assertThat(id).isNotEqualTo(proof.id());
    }
  }

  private HotProof proof(HotSegment segment) throws IOException {
    return image.index().read(session -> HotProof.of(segment, session, "hot pack"));
  }

  @Test
  void piecesOfOtherPlacesAreRefused() throws IOException {
    Written hot = write(List.of(List.of(new HotPiece(1, 3, 5))));
    for (HotPiece other :
        List.of(new HotPiece(2, 3, 5), new HotPiece(1, 2, 5), new HotPiece(1, 8, 5))) {
      assertRefused(
          with(hot.segment(0), List.of(other)),
          hot.contents().getFirst(),
          "has other bytes of chunk %d than the image".formatted(other.chunk()));
    }
  }

  @Test
  void aSegmentOfAnotherLengthIsRefused() throws IOException {
    Written hot = write(List.of(List.of(new HotPiece(1, 3, 5), new HotPiece(2, 3, 5))));
    HotSegment segment = hot.segment(0);
    byte[] content = hot.contents().getFirst();
    assertRefused(
        segment,
        Arrays.copyOf(content, content.length - 1),
        "has pieces of chunk 2 that it does not have");
    assertRefused(
        segment, Arrays.copyOf(content, content.length + 1), "has bytes that belong to no chunk");
    assertRefused(
        with(segment, List.of(new HotPiece(1, 3, 5))),
        content,
        "has bytes that belong to no chunk");
  }

  @Test
  void anIndexWithoutRootsVerifiesNothing() throws IOException {
    Written hot = twoSegments();
    try (IndexReader without = image.withoutRoots(folder)) {
      assertRefused(
          hot.segment(0), hot.contents().getFirst(), without, "has other bytes of chunk ");
    }
  }

  /// Whoever publishes a map may say what they like in it.
  @Test
  void noDamagedMapHasOtherBytesPassForTheImages() throws IOException {
    Written hot = twoSegments();
    Written small = write(List.of(List.of(new HotPiece(1, 3, 5), new HotPiece(2, 3, 5))));
    int[] passed = {0};
    int[] refused = {0};
    Randomized.forSeeds(
        Mutator.RUNS,
        random -> {
          Written of = random.nextBoolean() ? hot : small;
          byte[] damaged =
              new Mutator(
                      random,
                      List.of(HotMapWriter.write(hot.map()), HotMapWriter.write(small.map())))
                  .next();
          try {
            HotMap map = HotMapReader.read(HotMaps.sealed(damaged), "hot pack");
            for (HotSegment segment : map.segments()) {
              for (byte[] content : of.contents()) {
                verify(segment, content, image.index());
                assertThat(content).isEqualTo(image.bytes(segment.pieces()));
                passed[0]++;
              }
            }
          } catch (CorruptException | UnsupportedVersionException e) {
            assertThat(e.getMessage()).startsWith("hot pack: ").doesNotContain("\n");
            refused[0]++;
          }
        });
    assertThat(passed[0]).isPositive();
    assertThat(refused[0]).isPositive();
  }
}
