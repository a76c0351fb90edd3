package dev.sway.formats.stream;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.failure.CorruptException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;

/// The content of an array that is one zstd frame with a checksum and nothing else, decompressed as
/// it is read, and no further than a limit. The last read verifies the checksum. Owns native memory
/// until closed.
final class FrameStream extends BlockInputStream {
  private static final byte[] MAGIC = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

  /// In the byte after the magic number, the frame header descriptor (RFC 8878, 3.1.1.1.1).
  private static final int CHECKSUM_FLAG = 1 << 2;

  /// The largest window that a decoder should take, 8 MiB (RFC 8878, 3.1.1.1.2); more is memory
  /// that a frame of some bytes can have allocated.
  private static final int WINDOW_LOG = 23;

  private final ZstdInputStream in;
  private final long limit;
  private final String what;
  private long count;

  private FrameStream(ZstdInputStream in, long limit, String what) {
    this.in = in;
    this.limit = limit;
    this.what = what;
  }

  /// The content of `frame`.
  ///
  /// @throws CorruptException where it is not one whole frame with a checksum
  static FrameStream open(byte[] frame, long limit, String what) throws IOException {
    if (frame.length == 0) {
      throw new CorruptException(what, "is empty");
    }
    int magic = Math.min(frame.length, MAGIC.length);
    if (!Arrays.equals(frame, 0, magic, MAGIC, 0, magic)) {
      throw new CorruptException(what, "is no zstd frame");
    }
    long size = wholeFrame(frame, what);
    if (size < frame.length) {
      throw new CorruptException(
          what, "has %d bytes behind its zstd frame".formatted(frame.length - size));
    }
    if ((frame[MAGIC.length] & CHECKSUM_FLAG) == 0) {
      throw new CorruptException(what, "its zstd frame has no checksum");
    }
    ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(frame));
    in.setLongMax(WINDOW_LOG);
    return new FrameStream(in, limit, what);
  }

  /// The size of the frame with which `bytes` begin.
  private static long wholeFrame(byte[] bytes, String what) throws CorruptException {
    try {
      return Zstd.findFrameCompressedSize(bytes);
    } catch (ZstdException e) {
      throw new CorruptException(
          what,
          "its %d bytes are no whole zstd frame; is it truncated?".formatted(bytes.length),
          e);
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    count += Math.max(0, read);
    if (count > limit) {
      throw new CorruptException(what, "decompresses to more than " + limit + " bytes");
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
