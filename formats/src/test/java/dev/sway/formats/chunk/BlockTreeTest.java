package dev.sway.formats.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockTreeTest {
  private static final int MAX_BLOCKS = BlockTree.blocks(ChunkFormat.MAX_CONTENT);

  private final BlockTree tree = new BlockTree();

  private Digest root(byte[] content) {
    return tree.root(MemorySegment.ofArray(content));
  }

  private byte[] proof(byte[] content, BitSet held) {
    return tree.proof(MemorySegment.ofArray(content), held);
  }

  /// Whether the blocks in `held`, whose bytes these are, and all of `proof` lead to `root`.
  private boolean leadsTo(Digest root, int length, BitSet held, byte[] blocks, byte[] proof) {
    ByteBuffer rest = ByteBuffer.wrap(proof);
    return tree.verify(length, held, MemorySegment.ofArray(blocks), rest)
            .filter(root::equals)
            .isPresent()
        && !rest.hasRemaining();
  }

  /// The tree as RFC 9162 defines it, with everything copied.
  private static byte[] reference(byte[] content) {
    int blocks = BlockTree.blocks(content.length);
    if (blocks == 1) {
      return Digest.of(RawTar.join(new byte[] {0}, content)).bytes();
    }
    int left = 1;
    while (2 * left < blocks) {
      left *= 2;
    }
    int middle = left * BlockTree.BLOCK;
    return Digest.of(
            RawTar.join(
                new byte[] {1},
                reference(Arrays.copyOf(content, middle)),
                reference(Arrays.copyOfRange(content, middle, content.length))))
        .bytes();
  }

  private static byte[] blocks(byte[] content, BitSet held) {
    ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    held.stream()
        .forEach(block ->
            blocks.write(
                content, block * BlockTree.BLOCK, BlockTree.bytes(block, 1, content.length)));
    return blocks.toByteArray();
  }

  private static BitSet set(int... numbers) {
    BitSet set = new BitSet();
    Arrays.stream(numbers).forEach(set::set);
    return set;
  }

  private static BitSet all(int blocks) {
    return set(IntStream.range(0, blocks).toArray());
  }

  /// At least one of the blocks.
  private static BitSet some(Random random, int blocks) {
    BitSet some = set(random.nextInt(blocks));
    for (int runs = random.nextInt(5); runs > 0; runs--) {
      int from = random.nextInt(blocks);
      some.set(from, from + 1 + random.nextInt(blocks - from));
    }
    return some;
  }

  /// A few blocks, the last of them seldom a whole one.
  private static byte[] content(Random random) {
    return Randomized.bytes(random, 1 + random.nextInt(20 * BlockTree.BLOCK));
  }

  private static byte[] flipped(Random random, byte[] bytes) {
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  /// The first is the leaf `00` as the test vectors of Certificate Transparency have it.
  @Test
  void leavesAndNodesAreHashedAsTheStandardSays() {
    assertThat(root(new byte[] {0}).hex())
        .isEqualTo("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
    byte[] two = Randomized.bytes(new Random(1), BlockTree.BLOCK + 1);
    byte[] left = Digest.of(RawTar.join(new byte[1], Arrays.copyOf(two, 4096))).bytes();
    byte[] right = Digest.of(new byte[] {0, two[4096]}).bytes();
    assertThat(root(two)).isEqualTo(Digest.of(RawTar.join(new byte[] {1}, left, right)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 1_000_000, 4 << 20})
  void theRootIsThatOfTheDefinition(int length) {
    byte[] content = Randomized.bytes(new Random(length), length);
    assertThat(root(content).bytes()).isEqualTo(reference(content));
  }

  @Test
  void theRootIsThatOfTheDefinitionAroundEveryPowerOfTwo() {
    byte[] content = Randomized.bytes(new Random(2), ChunkFormat.MAX_CONTENT);
    for (int blocks = 2; blocks <= MAX_BLOCKS; blocks *= 2) {
      for (int length :
          List.of(
              (blocks - 1) * BlockTree.BLOCK,
              blocks * BlockTree.BLOCK - 1,
              blocks * BlockTree.BLOCK,
              Math.min(blocks * BlockTree.BLOCK + 1, content.length),
              Math.min((blocks + 1) * BlockTree.BLOCK, content.length))) {
        byte[] part = Arrays.copyOf(content, length);
        assertThat(root(part).bytes()).as("%d bytes", length).isEqualTo(reference(part));
      }
    }
  }

  @Test
  void anySetOfBlocksIsProved() {
    Randomized.forSeeds(
        200,
        random -> {
          byte[] content = content(random);
          BitSet held = some(random, BlockTree.blocks(content.length));
          assertThat(
                  leadsTo(
                      root(content),
                      content.length,
                      held,
                      blocks(content, held),
                      proof(content, held)))
              .as("%s of %d bytes", held, content.length)
              .isTrue();
          assertThat(BlockTree.hashes(held, BlockTree.blocks(content.length)))
              .isEqualTo(proof(content, held).length / Digest.BYTES);
        });
  }

  @Test
  void eachBlockAloneIsProvedByOneHashForEachLevel() {
    byte[] content = Randomized.bytes(new Random(3), ChunkFormat.MAX_CONTENT);
    Digest root = root(content);
    for (int block = 0; block < MAX_BLOCKS; block += 31) {
      BitSet held = set(block);
      byte[] proof = proof(content, held);
      assertThat(proof).hasSize(10 * Digest.BYTES);
      assertThat(leadsTo(root, content.length, held, blocks(content, held), proof)).isTrue();
    }
  }

  @Test
  void allBlocksNeedNoProofAndNoneIsProvedByTheRoot() {
    Randomized.forSeeds(
        50,
        random -> {
          byte[] content = content(random);
          BitSet all = all(BlockTree.blocks(content.length));
          assertThat(proof(content, all)).isEmpty();
          assertThat(leadsTo(root(content), content.length, all, content, new byte[0])).isTrue();
          assertThat(proof(content, new BitSet())).isEqualTo(root(content).bytes());
        });
  }

  @Test
  void proofsFollowOneAnother() {
    byte[] first = Randomized.bytes(new Random(4), 9 * BlockTree.BLOCK);
    byte[] second = Randomized.bytes(new Random(5), 5 * BlockTree.BLOCK);
    BitSet held = set(2, 3);
    ByteBuffer proofs = ByteBuffer.wrap(RawTar.join(proof(first, held), proof(second, held)));
    for (byte[] content : List.of(first, second)) {
      assertThat(
              tree.verify(
                  content.length, held, MemorySegment.ofArray(blocks(content, held)), proofs))
          .contains(root(content));
    }
    assertThat(proofs.remaining()).isZero();
  }

  @Test
  void aFlippedBitInBlocksOrProofNeverVerifies() {
    Randomized.forSeeds(
        300,
        random -> {
          byte[] content = content(random);
          BitSet held = some(random, BlockTree.blocks(content.length));
          byte[] blocks = blocks(content, held);
          byte[] proof = proof(content, held);
          Digest root = root(content);
          assertThat(leadsTo(root, content.length, held, flipped(random, blocks), proof)).isFalse();
          if (proof.length > 0) {
            assertThat(leadsTo(root, content.length, held, blocks, flipped(random, proof)))
                .isFalse();
          }
        });
  }

  @Test
  void aProofThatIsTooShortOrTooLongNeverVerifies() {
    Randomized.forSeeds(
        100,
        random -> {
          byte[] content = content(random);
          BitSet held = some(random, BlockTree.blocks(content.length));
          byte[] blocks = blocks(content, held);
          byte[] proof = proof(content, held);
          Digest root = root(content);
          for (int length = 0; length < proof.length; length++) {
            assertThat(
                    tree.verify(
                        content.length,
                        held,
                        MemorySegment.ofArray(blocks),
                        ByteBuffer.wrap(proof, 0, length)))
                .as("%d of %d bytes of the proof", length, proof.length)
                .isEmpty();
          }
          for (int more : List.of(1, Digest.BYTES)) {
            assertThat(
                    leadsTo(
                        root,
                        content.length,
                        held,
                        blocks,
                        Arrays.copyOf(proof, proof.length + more)))
                .isFalse();
            assertThat(
                    leadsTo(root, content.length, held, blocks, RawTar.join(new byte[more], proof)))
                .isFalse();
          }
        });
  }

  @Test
  void blocksDoNotPassForOthersOfTheirContent() {
    Randomized.forSeeds(
        300,
        random -> {
          // Whole blocks, so that as many of them have as many bytes.
          byte[] content = Randomized.bytes(random, (2 + random.nextInt(19)) * BlockTree.BLOCK);
          int count = BlockTree.blocks(content.length);
          BitSet held = some(random, count);
          if (held.cardinality() == count) {
            held.clear(random.nextInt(count));
          }
          BitSet other = some(random, count);
          while (other.cardinality() < held.cardinality()) {
            other.set(other.nextClearBit(0));
          }
          while (other.cardinality() > held.cardinality()) {
            other.clear(other.nextSetBit(0));
          }
          assertThat(
                  leadsTo(
                      root(content),
                      content.length,
                      other,
                      blocks(content, held),
                      proof(content, held)))
              .as("%s as %s of %d", held, other, count)
              .isEqualTo(held.equals(other));
        });
  }

  @Test
  void theLastBlockDoesNotPassForAShorterOne() {
    Randomized.forSeeds(
        100,
        random -> {
          int last = 2 + random.nextInt(BlockTree.BLOCK - 1);
          byte[] content = Randomized.bytes(random, random.nextInt(10) * BlockTree.BLOCK + last);
          BitSet held = set(BlockTree.blocks(content.length) - 1);
          byte[] blocks = blocks(content, held);
          byte[] proof = proof(content, held);
          int shorter = content.length - 1 - random.nextInt(last - 1);
          assertThat(leadsTo(root(content), shorter, held, blocks, proof)).isFalse();
        });
  }

  /// Why whoever verifies must know the length: it is not in the root. The index has both.
  @Test
  void onlyTheLastBlockTellsTheLength() {
    byte[] content = Randomized.bytes(new Random(6), 4 * BlockTree.BLOCK);
    BitSet first = set(0);
    byte[] blocks = blocks(content, first);
    byte[] proof = proof(content, first);
    assertThat(leadsTo(root(content), content.length - 1, first, blocks, proof)).isTrue();
    assertThat(leadsTo(root(content), 3 * BlockTree.BLOCK, first, blocks, proof)).isTrue();
    assertThat(leadsTo(root(content), 2 * BlockTree.BLOCK, first, blocks, proof)).isFalse();
    assertThat(leadsTo(root(content), 5 * BlockTree.BLOCK, first, blocks, proof)).isFalse();
  }

  @Test
  void hashesOfInnerNodesDoNotPassForLeaves() {
    byte[] content = Randomized.bytes(new Random(7), 2 * BlockTree.BLOCK);
    byte[] hashes = RawTar.join(proof(content, set(1)), proof(content, set(0)));
    assertThat(hashes).hasSize(2 * Digest.BYTES);
    assertThat(Digest.of(RawTar.join(new byte[] {1}, hashes))).isEqualTo(root(content));
    assertThat(root(hashes)).isNotEqualTo(root(content));
    assertThat(leadsTo(root(content), hashes.length, set(0), hashes, new byte[0])).isFalse();
  }

  @Test
  void aTreeMayBeUsedAgainAfterAProofThatWasTooShort() {
    byte[] content = Randomized.bytes(new Random(8), 7 * BlockTree.BLOCK);
    Digest root = root(content);
    for (int block = 0; block < 7; block++) {
      BitSet held = set(block);
      assertThat(leadsTo(root, content.length, held, blocks(content, held), new byte[31]))
          .isFalse();
      assertThat(leadsTo(root, content.length, held, blocks(content, held), proof(content, held)))
          .isTrue();
    }
  }
}
