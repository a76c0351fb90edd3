package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// One message of [HolderProtocol], as it is read. Whatever does not fit is an [IOException]: the
/// other end is not what it should be. Not thread-safe.
final class Frame {
  private final int code;
  private final ByteBuffer fields;

  private Frame(int code, ByteBuffer fields) {
    this.code = code;
    this.fields = fields;
  }

  /// @param body of the frame, at least one byte; not copied
  static Frame of(ByteBuffer body) {
    return new Frame(body.get() & 0xff, body);
  }

  int code() {
    return code;
  }

  /// The next field, from `least` to `most`.
  long number(long least, long most) throws IOException {
    if (fields.remaining() < Long.BYTES) {
      throw new IOException(this + " ends within a number");
    }
    long value = fields.getLong();
    if (value < least || value > most) {
      throw new IOException(
          "%s has the number %d where %d to %d is expected".formatted(this, value, least, most));
    }
    return value;
  }

  /// The next field, of at most `most` bytes.
  byte[] bytes(int most) throws IOException {
    if (fields.remaining() < Integer.BYTES) {
      throw new IOException(this + " ends within a length");
    }
    int length = fields.getInt();
    if (length < 0 || length > most || length > fields.remaining()) {
      throw new IOException(
          "%s has a field of %d bytes where at most %d are expected"
              .formatted(this, length, Math.min(most, fields.remaining())));
    }
    byte[] bytes = new byte[length];
    fields.get(bytes);
    return bytes;
  }

  /// Whether there is another field.
  boolean hasMore() {
    return fields.hasRemaining();
  }

  /// The next field, text of at most `most` bytes.
  String text(int most) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(most))).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(this + " has text that is not UTF-8", e);
    }
  }

  /// To be called after the last field.
  void end() throws IOException {
    if (fields.hasRemaining()) {
      throw new IOException("%s has %d bytes too many".formatted(this, fields.remaining()));
    }
  }

  @Override
  public String toString() {
    return "frame with code " + code;
  }

  /// Begins a frame to be sent.
  static Writer write(int code) {
    return new Writer(code);
  }

  /// A frame that is being made. Not thread-safe.
  static final class Writer {
    private static final int FIRST_BYTES = 64;

    /// The frame so far, with room for its length before it.
    private ByteBuffer frame = ByteBuffer.allocate(FIRST_BYTES).position(Integer.BYTES);

    private Writer(int code) {
      frame.put((byte) code);
    }

    private ByteBuffer room(int bytes) {
      if (frame.remaining() < bytes) {
        int needed = frame.position() + bytes;
        frame = ByteBuffer.allocate(Math.max(needed, 2 * frame.capacity())).put(frame.flip());
      }
      return frame;
    }

    Writer number(long value) {
      room(Long.BYTES).putLong(value);
      return this;
    }

    Writer bytes(byte[] value) {
      room(Integer.BYTES + value.length).putInt(value.length).put(value);
      return this;
    }

    Writer text(String value) {
      return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /// The frame's bytes, with its length before them.
    ///
    /// @throws IllegalArgumentException where the frame is too large
    ByteBuffer buffer() {
      int length = frame.position() - Integer.BYTES;
      if (length > HolderProtocol.MAX_FRAME_BYTES) {
        throw new IllegalArgumentException("a frame of " + length + " bytes");
      }
      return frame.duplicate().putInt(0, length).flip();
    }
  }
}
