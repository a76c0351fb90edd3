package dev.sway.formats.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkCodecTest {
  private static StoredChunk encode(byte[] content) {
    try (ChunkEncoder encoder = new ChunkEncoder(ChunkEncoder.DEFAULT_LEVEL)) {
      return encoder.encode(content, content.length);
    }
  }

  /// Decoded in each way; they do not differ.
  private static byte[] decode(ChunkId id, byte[] frame, int length) throws CorruptException {
    byte[] content;
    try {
      content = ChunkDecoder.decode(id, frame, 0, frame.length, length, "test source");
    } catch (CorruptException e) {
      for (boolean direct : new boolean[] {true, false}) {
        assertThatThrownBy(() -> decodeNatively(id, frame, direct, length))
            .isInstanceOf(CorruptException.class)
            .hasMessage(e.getMessage());
      }
      throw e;
    }
    assertThat(decodeNatively(id, frame, true, length)).isEqualTo(content);
    assertThat(decodeNatively(id, frame, false, length)).isEqualTo(content);
    return content;
  }

  /// Decoded into the middle of native memory, whose other bytes are untouched.
  private static byte[] decodeNatively(ChunkId id, byte[] frame, boolean direct, int length)
      throws CorruptException {
    try (Arena arena = Arena.ofConfined();
        NativeChunkDecoder decoder = new NativeChunkDecoder()) {
      MemorySegment whole = arena.allocate(length + 2L).fill((byte) 'g');
      MemorySegment bytes = MemorySegment.ofArray(frame);
      MemorySegment given =
          direct ? arena.allocate(Math.max(1, frame.length)).asSlice(0, frame.length) : bytes;
      decoder.decode(id, given.copyFrom(bytes), whole.asSlice(1, length), "test source");
      assertThat(whole.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'g');
      assertThat(whole.get(ValueLayout.JAVA_BYTE, length + 1L)).isEqualTo((byte) 'g');
      return whole.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void assertCorrupt(ChunkId id, byte[] frame, int length) {
    assertThatThrownBy(() -> decode(id, frame, length))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("test source");
  }

  @Test
  void whatIsEncodedIsDecoded() {
    Randomized.forSeeds(
        50,
        random -> {
          byte[] content = Randomized.bytes(random, 1 + random.nextInt(200_000));
          if (random.nextBoolean()) {
            java.util.Arrays.fill(content, 0, content.length / 2, (byte) 'x');
          }
          StoredChunk stored = encode(content);
          assertThat(stored.id()).isEqualTo(new ChunkId(Digest.of(content)));
          assertThat(decode(stored.id(), stored.frame(), stored.length())).isEqualTo(content);
        });
  }

  @Test
  void aNativeDecoderIsUsedAgainAfterDamageAndItsCloseIsIdempotent() throws CorruptException {
    byte[] content = RawTar.bytes("content ".repeat(5000));
    StoredChunk stored = encode(content);
    byte[] damaged = stored.frame().clone();
    damaged[damaged.length / 2] ^= 1;
    NativeChunkDecoder decoder = new NativeChunkDecoder();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(content.length);
      for (int round = 0; round < 3; round++) {
        assertThatThrownBy(
                () -> decoder.decode(stored.id(), MemorySegment.ofArray(damaged), target, "test"))
            .isInstanceOf(CorruptException.class);
        decoder.decode(stored.id(), MemorySegment.ofArray(stored.frame()), target, "test");
        assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
      }
    }
    decoder.close();
    decoder.close();
  }

  @Test
  void anEncoderIsUsedAgainAndAgain() {
    try (ChunkEncoder encoder = new ChunkEncoder(ChunkEncoder.DEFAULT_LEVEL)) {
      byte[] content = RawTar.bytes("content");
      StoredChunk first = encoder.encode(content, 7);
      encoder.encode(content, 3);
      StoredChunk again = encoder.encode(content, 7);

      assertThat(again.id()).isEqualTo(first.id());
      assertThat(again.frame()).isEqualTo(first.frame());
    }
  }

  @Test
  void theGreatestContentThatDoesNotShrinkFitsTheLimit() throws CorruptException {
    byte[] content = Randomized.bytes(new Random(1), ChunkFormat.MAX_CONTENT);
    StoredChunk stored = encode(content);

    assertThat(stored.frame().length).isBetween(content.length, content.length + 200);
    assertThat(stored.frame().length).isLessThanOrEqualTo(ChunkFormat.MAX_STORED);
    assertThat(decode(stored.id(), stored.frame(), content.length)).isEqualTo(content);
  }

  @Test
  void noFlippedBitEverGivesOtherContent() throws CorruptException {
    byte[] content = RawTar.bytes("a small chunk, a small chunk, and then something else");
    StoredChunk stored = encode(content);
    int harmless = 0;
    for (int bit = 0; bit < 8 * stored.frame().length; bit++) {
      byte[] flipped = stored.frame().clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      try {
        assertThat(decode(stored.id(), flipped, content.length)).isEqualTo(content);
        harmless++;
      } catch (CorruptException e) {
        assertThat(e.getMessage()).contains("test source");
      }
    }
    // RFC 8878 has bits that decoders must ignore, one of them in the frame's header.
    assertThat(harmless).isLessThanOrEqualTo(4);
  }

  @Test
  void truncatedFramesAreCorrupt() {
    StoredChunk stored = encode(RawTar.bytes("content ".repeat(20)));
    for (int length = 0; length < stored.frame().length; length++) {
      assertCorrupt(stored.id(), java.util.Arrays.copyOf(stored.frame(), length), 160);
    }
  }

  @Test
  void aWrongLengthIsCorrupt() {
    StoredChunk stored = encode(RawTar.bytes("content"));

    assertCorrupt(stored.id(), stored.frame(), 6);
    assertCorrupt(stored.id(), stored.frame(), 8);
    assertCorrupt(stored.id(), stored.frame(), 1);
  }

  @Test
  void aRightFrameOfOtherContentIsCorrupt() {
    StoredChunk wanted = encode(RawTar.bytes("wanted"));
    StoredChunk other = encode(RawTar.bytes("others"));

    assertThatThrownBy(() -> decode(wanted.id(), other.frame(), 6))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(wanted.id().toString())
        .hasMessageContaining(other.id().digest().toString());
  }

  @Test
  void aDecompressionBombIsBoundedByTheDeclaredLength() {
    byte[] bomb = Zstd.compress(new byte[64 << 20]);
    byte[] claimsLess = RawTar.join(Zstd.compress(new byte[10]), bomb);

    assertCorrupt(new ChunkId(Digest.of(new byte[10])), bomb, 10);
    assertCorrupt(new ChunkId(Digest.of(new byte[10])), claimsLess, 10);
  }

  @Test
  void framesInTheMiddleOfABufferAreDecoded() throws CorruptException {
    byte[] content = RawTar.bytes("content");
    StoredChunk stored = encode(content);
    byte[] buffer = RawTar.join(RawTar.bytes("before"), stored.frame(), RawTar.bytes("after"));

    assertThat(ChunkDecoder.decode(stored.id(), buffer, 6, stored.frame().length, 7, "test"))
        .isEqualTo(content);
  }
}
