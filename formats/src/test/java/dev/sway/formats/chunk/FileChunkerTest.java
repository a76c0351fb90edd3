package dev.sway.formats.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileChunkerTest {
  @TempDir private Path folder;

  /// A chunk, copied when it came.
  private record Chunk(byte[] bytes, List<FilePiece> pieces) {}

  private record Result(List<TreeInode> files, List<Chunk> cuts, Map<Long, byte[]> contents) {}

  private Result chunk(List<byte[]> contents) throws IOException {
    try (Layers layers = new Layers(folder)) {
      CommonsTar tar = CommonsTar.pax();
      for (int i = 0; i < contents.size(); i++) {
        tar.file("f%06d".formatted(i), contents.get(i));
      }
      List<TreeInode> files = layers.merge(tar.end()).filesInPathOrder();
      List<Chunk> cuts = new ArrayList<>();
      FileChunker.Sink sink =
          chunk ->
              cuts.add(new Chunk(Arrays.copyOf(chunk.bytes(), chunk.length()), chunk.pieces()));
      FileCutter cutter = new FileCutter();
      new FileChunker(file -> cutter.cut(file, 0, sink), sink).chunk(files);
      Map<Long, byte[]> byInode = new HashMap<>();
      for (int i = 0; i < files.size(); i++) {
        byInode.put(files.get(i).number(), contents.get(i));
      }
      return new Result(files, cuts, byInode);
    }
  }

  private static void assertReassembles(Result result) {
    Map<Long, Long> filled = new HashMap<>();
    for (Chunk cut : result.cuts()) {
      int at = 0;
      assertThat(cut.bytes().length).isBetween(1, ChunkFormat.MAX_CONTENT);
      for (FilePiece piece : cut.pieces()) {
        assertThat(piece.chunkOffset()).as("pieces follow one another").isEqualTo(at);
        long before = filled.getOrDefault(piece.inode(), 0L);
        assertThat(piece.fileOffset()).isEqualTo(before);
        byte[] content = result.contents().getOrDefault(piece.inode(), new byte[0]);
        assertThat(
                Arrays.equals(
                    content,
                    (int) before,
                    (int) before + piece.length(),
                    cut.bytes(),
                    at,
                    at + piece.length()))
            .isTrue();
        at += piece.length();
        filled.put(piece.inode(), before + piece.length());
      }
      assertThat(at).isEqualTo(cut.bytes().length);
    }
    result
        .contents()
        .forEach((inode, content) ->
            assertThat(filled.getOrDefault(inode, 0L)).isEqualTo(content.length));
  }

  @Test
  void contentIsReassembledAroundEveryBoundary() throws IOException {
    List<byte[]> contents = new ArrayList<>();
    Random random = new Random(4);
    for (int boundary :
        new int[] {
          1,
          ChunkFormat.LARGE_FILE,
          ChunkFormat.MIN_CUT,
          ChunkFormat.TARGET_CUT,
          ChunkFormat.MAX_BUNDLE,
          ChunkFormat.MAX_CUT,
          2 * ChunkFormat.MAX_CUT
        }) {
      for (int size = boundary - 1; size <= boundary + 1; size++) {
        contents.add(Randomized.bytes(random, size));
        contents.add(new byte[size]);
      }
    }
    assertReassembles(chunk(contents));
  }

  @Test
  void contentOfRandomSizesIsReassembled() {
    Randomized.forSeeds(
        10,
        random -> {
          List<byte[]> contents = new ArrayList<>();
          for (int i = 0; i < 40; i++) {
            contents.add(Randomized.bytes(random, random.nextInt(1 << random.nextInt(1, 21))));
          }
          assertReassembles(chunk(contents));
        });
  }

  @Test
  void largeFilesHaveChunksOfTheirOwnWithinTheLimits() throws IOException {
    byte[] large = Randomized.bytes(new Random(5), 5_000_000);

    Result result = chunk(List.of(large, new byte[3_000_000], new byte[10]));

    for (Chunk cut : result.cuts().subList(0, result.cuts().size() - 1)) {
      assertThat(cut.pieces()).hasSize(1);
      assertThat(cut.bytes().length).isLessThanOrEqualTo(ChunkFormat.MAX_CUT);
    }
    List<Integer> sizes =
        result.cuts().stream()
            .filter(cut -> cut.pieces().getFirst().inode() == result.files().getFirst().number())
            .map(cut -> cut.bytes().length)
            .toList();
    assertThat(sizes.subList(0, sizes.size() - 1))
        .allSatisfy(size -> assertThat(size).isGreaterThan(ChunkFormat.MIN_CUT));
    assertThat(5_000_000 / sizes.size())
        .as("average of %s", sizes)
        .isBetween(ChunkFormat.MIN_CUT, ChunkFormat.MAX_CUT / 2);
  }

  @Test
  void bytesInsertedAtTheFrontOfALargeFileChangeFewChunks() {
    Randomized.forSeeds(
        3,
        random -> {
          byte[] before = Randomized.bytes(random, 12_000_000);
          byte[] after = RawTar.join(Randomized.bytes(random, 1 + random.nextInt(1000)), before);

          Set<Digest> known = digests(chunk(List.of(before)));
          Set<Digest> changed = new HashSet<>(digests(chunk(List.of(after))));
          int all = changed.size();
          changed.removeAll(known);

          assertThat(changed.size()).as("of %d chunks", all).isLessThanOrEqualTo(4);
        });
  }

  @Test
  void oneChangedSmallFileChangesFewBundles() throws IOException {
    Random random = new Random(6);
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      contents.add(Randomized.bytes(random, random.nextInt(7000)));
    }
    Set<Digest> known = digests(chunk(contents));
    contents.set(100, Randomized.bytes(random, 3000));
    contents.add(200, Randomized.bytes(random, 3000));
    Set<Digest> changed = new HashSet<>(digests(chunk(contents)));
    int all = changed.size();
    changed.removeAll(known);

    assertThat(all).isGreaterThan(10);
    assertThat(changed.size()).as("of %d bundles", all).isLessThanOrEqualTo(5);
  }

  @Test
  void bundlesHoldWholeFilesWithinTheLimits() throws IOException {
    Random random = new Random(7);
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      contents.add(Randomized.bytes(random, random.nextInt(ChunkFormat.LARGE_FILE)));
    }
    Result result = chunk(contents);

    assertReassembles(result);
    for (Chunk cut : result.cuts()) {
      assertThat(cut.bytes().length).isLessThan(ChunkFormat.MAX_BUNDLE + ChunkFormat.LARGE_FILE);
      assertThat(cut.pieces()).allSatisfy(piece -> assertThat(piece.fileOffset()).isZero());
    }
    for (Chunk cut : result.cuts().subList(0, result.cuts().size() - 1)) {
      assertThat(cut.bytes().length).isGreaterThanOrEqualTo(ChunkFormat.MIN_BUNDLE);
    }
  }

  @Test
  void emptyFilesMakeNoChunk() throws IOException {
    assertThat(chunk(List.of(new byte[0], new byte[0])).cuts()).isEmpty();
    assertThat(chunk(List.of()).cuts()).isEmpty();
  }

  @Test
  void cutPointsAreThoseOfTheFormat() {
    byte[] content = Randomized.bytes(new Random(8), ChunkFormat.MAX_CUT);

    assertThat(CutPoints.next(content, 0, content.length)).isEqualTo(GOLDEN_CUT);
    assertThat(CutPoints.next(new byte[ChunkFormat.MAX_CUT], 0, ChunkFormat.MAX_CUT))
        .isEqualTo(ChunkFormat.MAX_CUT);
    assertThat(CutPoints.next(content, 0, 1)).isEqualTo(1);
    assertThat(CutPoints.next(content, 0, ChunkFormat.MIN_CUT)).isEqualTo(ChunkFormat.MIN_CUT);
  }

  /// What version 1 cuts: another value means that no chunk is shared with older images any more.
  private static final int GOLDEN_CUT = 424_324;

  private static Set<Digest> digests(Result result) {
    Set<Digest> digests = new HashSet<>();
    result.cuts().forEach(cut -> digests.add(Digest.of(cut.bytes())));
    return digests;
  }
}
