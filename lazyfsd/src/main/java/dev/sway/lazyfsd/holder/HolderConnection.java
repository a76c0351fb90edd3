package dev.sway.lazyfsd.holder;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;

/// Either end of a connection between a worker and its holder. One thread may send while another
/// receives; [#close] may come from any and breaks off both.
final class HolderConnection implements AutoCloseable {
  private final SocketChannel channel;

  /// Takes over `channel`, which is connected and blocking.
  HolderConnection(SocketChannel channel) {
    this.channel = channel;
  }

  /// Connects to a holder and makes sure that it is one.
  ///
  /// @param state the worker's state folder
  /// @throws IOException where nobody listens there
  static HolderConnection open(Path state) throws IOException {
    return new HolderConnection(
        SocketChannel.open(UnixDomainSocketAddress.of(HolderProtocol.socket(state))));
  }

  void send(Frame.Writer frame) throws IOException {
    ByteBuffer buffer = frame.buffer();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /// The next frame; empty where the other end has closed the connection between two.
  Optional<Frame> receive() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(Integer.BYTES);
    if (!fill(header)) {
      return Optional.empty();
    }
    int length = header.flip().getInt();
    if (length < 1 || length > HolderProtocol.MAX_FRAME_BYTES) {
      throw new IOException("a frame of " + length + " bytes");
    }
    ByteBuffer body = ByteBuffer.allocate(length);
    if (!fill(body)) {
      throw new EOFException("the connection ended within a frame");
    }
    return Optional.of(Frame.of(body.flip()));
  }

  /// Fills `buffer`; false where the stream ends before its first byte.
  private boolean fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the connection ended within a frame");
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
