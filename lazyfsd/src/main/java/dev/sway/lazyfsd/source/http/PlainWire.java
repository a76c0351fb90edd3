package dev.sway.lazyfsd.source.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// A TCP connection: a channel, because that reads into native memory without a copy.
final class PlainWire implements Wire {
  /// How long to wait for each of a name's addresses.
  static final int CONNECT_MILLIS = 5000;

  /// Further addresses of a name are not tried.
  private static final int MAX_ADDRESSES = 4;

  private final Origin origin;
  private volatile @Nullable SocketChannel channel;
  private volatile boolean closed;

  PlainWire(Origin origin) {
    this.origin = origin;
  }

  @Override
  public void connect() throws IOException {
    InetAddress[] addresses = InetAddress.getAllByName(origin.host());
    for (int i = 0; ; i++) {
      try {
        connect(addresses[i]);
        return;
      } catch (ConnectException | SocketTimeoutException e) {
        if (closed || i + 1 >= Math.min(addresses.length, MAX_ADDRESSES)) {
          throw e;
        }
      }
    }
  }

  private void connect(InetAddress address) throws IOException {
    SocketChannel opened = SocketChannel.open();
    boolean connected = false;
    try {
      channel = opened;
      if (closed) {
        throw new IOException("closed");
      }
      opened.socket().setTcpNoDelay(true);
      opened.socket().connect(new InetSocketAddress(address, origin.port()), CONNECT_MILLIS);
      connected = true;
    } finally {
      if (!connected) {
        opened.close();
      }
    }
  }

  /// The connection itself.
  Socket socket() throws IOException {
    return open().socket();
  }

  private SocketChannel open() throws IOException {
    SocketChannel known = channel;
    if (known == null) {
      throw new IOException("not connected");
    }
    return known;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return open().read(target);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    SocketChannel out = open();
    while (source.hasRemaining()) {
      out.write(source);
    }
  }

  @Override
  public void close() {
    closed = true;
    SocketChannel known = channel;
    if (known == null) {
      return;
    }
    try {
      known.close();
    } catch (IOException e) {
      // The connection is given up; how its end went says nothing about what was read.
      return;
    }
  }
}
