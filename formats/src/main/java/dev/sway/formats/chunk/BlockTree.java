package dev.sway.formats.chunk;

import dev.sway.formats.id.Digest;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.Optional;

/// The hash tree over the blocks of a chunk's content, with which a part of the content can be
/// verified without the rest: the Merkle tree of RFC 9162, section 2.1.1, over SHA-256.
///
/// ```
/// blocks of 4,096 bytes, the last one 1 to 4,096; n of them
/// hash of one block        := SHA-256(0x00, block)
/// hash of blocks [a, b)    := SHA-256(0x01, hash of [a, a + k), hash of [a + k, b)), k the largest power of two below b - a
/// root                     := hash of [0, n)
/// ```
///
/// A proof for some of the blocks is the hashes of the largest subtrees that have none of them,
/// from the first block to the last. With the blocks themselves they give the root, and no other
/// blocks do. The root says nothing of the content's length, which whoever verifies must know: it
/// decides the shape of the tree.
///
/// For one thread at a time. Shapes are the caller's to bound: there are at most 1,024 blocks in a
/// chunk.
public final class BlockTree {
  /// Bytes of a block, the last one of a chunk excepted.
  public static final int BLOCK = 4096;

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private final MessageDigest sha256 = Digest.newSha256();
  private final byte[] leaf = new byte[1 + BLOCK];

  /// How many blocks content of `length` bytes has.
  public static int blocks(int length) {
    return Math.ceilDiv(length, BLOCK);
  }

  /// How many bytes the `count` blocks from `first` on have in content of `length` bytes.
  public static int bytes(int first, int count, int length) {
    return Math.min((first + count) * BLOCK, length) - first * BLOCK;
  }

  /// The root of `content`, 1 byte or more.
  public Digest root(MemorySegment content) {
    return Digest.ofBytes(hash(content, 0, blocks((int) content.byteSize())));
  }

  /// What [#verify] needs beside the blocks in `held`, in bytes.
  public byte[] proof(MemorySegment content, BitSet held) {
    ByteArrayOutputStream proof = new ByteArrayOutputStream();
    prove(content, held, 0, blocks((int) content.byteSize()), proof);
    return proof.toByteArray();
  }

  /// The root that blocks and a proof come to; empty where the proof has too few hashes.
  ///
  /// @param length of the chunk's whole content
  /// @param held which blocks there are, none of them behind the end
  /// @param blocks their bytes, one after another
  /// @param proof read from its position on, which ends behind what belongs to this
  public Optional<Digest> verify(int length, BitSet held, MemorySegment blocks, ByteBuffer proof) {
    byte[] root = new Verification(length, held, blocks, proof).hash(0, blocks(length));
    return root.length == 0 ? Optional.empty() : Optional.of(Digest.ofBytes(root));
  }

  private void prove(
      MemorySegment content, BitSet held, int from, int to, ByteArrayOutputStream proof) {
    if (none(held, from, to)) {
      proof.writeBytes(hash(content, from, to));
    } else if (to - from > 1) {
      int middle = middle(from, to);
      prove(content, held, from, middle, proof);
      prove(content, held, middle, to, proof);
    }
  }

  private byte[] hash(MemorySegment content, int from, int to) {
    if (to - from == 1) {
      long offset = (long) from * BLOCK;
      return leaf(content, offset, (int) Math.min(BLOCK, content.byteSize() - offset));
    }
    int middle = middle(from, to);
    byte[] left = hash(content, from, middle);
    return node(left, hash(content, middle, to));
  }

  private byte[] leaf(MemorySegment content, long offset, int length) {
    leaf[0] = LEAF;
    MemorySegment.copy(content, ValueLayout.JAVA_BYTE, offset, leaf, 1, length);
    sha256.update(leaf, 0, 1 + length);
    return sha256.digest();
  }

  private byte[] node(byte[] left, byte[] right) {
    sha256.update(NODE);
    sha256.update(left);
    sha256.update(right);
    return sha256.digest();
  }

  /// How many hashes a proof has.
  ///
  /// @param held the blocks that it is for
  /// @param blocks of the chunk, 1 or more
  public static int hashes(BitSet held, int blocks) {
    return hashes(held, 0, blocks);
  }

  private static int hashes(BitSet held, int from, int to) {
    if (none(held, from, to)) {
      return 1;
    }
    if (to - from == 1) {
      return 0;
    }
    int middle = middle(from, to);
    return hashes(held, from, middle) + hashes(held, middle, to);
  }

  private static int middle(int from, int to) {
    return from + Integer.highestOneBit(to - from - 1);
  }

  private static boolean none(BitSet held, int from, int to) {
    int next = held.nextSetBit(from);
    return next < 0 || next >= to;
  }

  /// One way from blocks and a proof to the root.
  private final class Verification {
    private static final byte[] SHORT = {};

    private final int length;
    private final BitSet held;
    private final MemorySegment blocks;
    private final ByteBuffer proof;
    private long done;

    Verification(int length, BitSet held, MemorySegment blocks, ByteBuffer proof) {
      this.length = length;
      this.held = held;
      this.blocks = blocks;
      this.proof = proof;
    }

    /// No bytes where the proof has ended.
    byte[] hash(int from, int to) {
      if (none(held, from, to)) {
        if (proof.remaining() < Digest.BYTES) {
          return SHORT;
        }
        byte[] hash = new byte[Digest.BYTES];
        proof.get(hash);
        return hash;
      }
      if (to - from == 1) {
        int bytes = bytes(from, 1, length);
        byte[] hash = leaf(blocks, done, bytes);
        done += bytes;
        return hash;
      }
      int middle = middle(from, to);
      byte[] left = hash(from, middle);
      byte[] right = left.length == 0 ? SHORT : hash(middle, to);
      return right.length == 0 ? SHORT : node(left, right);
    }
  }
}
