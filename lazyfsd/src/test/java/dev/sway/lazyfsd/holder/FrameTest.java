package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static Frame read(Frame.Writer written) {
    ByteBuffer buffer = written.buffer();
    assertThat(buffer.getInt()).isEqualTo(buffer.remaining());
    return Frame.of(buffer);
  }

  @Test
  void fieldsComeBackAsTheyWereWritten() throws IOException {
    Frame frame =
        read(Frame.write(200).number(-5).text("größe").bytes(new byte[] {1, 2}).number(7));
    assertThat(frame.code()).isEqualTo(200);
    assertThat(frame.number(-5, -5)).isEqualTo(-5);
    assertThat(frame.text(20)).isEqualTo("größe");
    assertThat(frame.bytes(2)).containsExactly(1, 2);
    assertThat(frame.number(0, 7)).isEqualTo(7);
    frame.end();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> read(Frame.write(1).number(8)).number(0, 7)).hasMessageContaining("8");
    assertThatThrownBy(() -> read(Frame.write(1).text("abc")).text(2)).hasMessageContaining("3");
    assertThatThrownBy(() -> read(Frame.write(1)).number(0, 9)).hasMessageContaining("number");
    assertThatThrownBy(() -> read(Frame.write(1)).bytes(9)).hasMessageContaining("length");
    assertThatThrownBy(() -> read(Frame.write(1).number(1)).end()).hasMessageContaining("8 bytes");
    assertThatThrownBy(() -> read(Frame.write(1).bytes(new byte[] {-1})).text(9))
        .hasMessageContaining("UTF-8");
    // A length of -1, and one beyond the frame.
    assertThatThrownBy(() -> read(Frame.write(1).number(-1L)).bytes(9)).hasMessageContaining("-1");
    assertThatThrownBy(() -> read(Frame.write(1).number(9L << 32)).bytes(9))
        .hasMessageContaining("9");
  }

  @Test
  void anyBytesAreReadOrRefused() {
    Randomized.forSeeds(
        2000,
        random -> {
          Frame frame = Frame.of(ByteBuffer.wrap(Randomized.bytes(random, 1 + random.nextInt(40))));
          try {
            assertThat(frame.text(30)).isNotNull();
            assertThat(frame.number(0, 1 << 20)).isBetween(0L, 1L << 20);
            assertThat(frame.bytes(30)).hasSizeLessThanOrEqualTo(30);
            frame.end();
          } catch (IOException e) {
            assertThat(e).hasMessageContaining("frame with code");
          }
        });
  }

  @Test
  void frameThatIsTooLargeIsNotSent() {
    assertThatThrownBy(
            () -> Frame.write(1).bytes(new byte[HolderProtocol.MAX_FRAME_BYTES]).buffer())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
