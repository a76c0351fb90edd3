package dev.sway.lazyfsd.source.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// TLS over a TCP connection. The server's certificate must be trusted and be its name's.
final class TlsWire implements Wire {
  private static final int BUFFER_BYTES = 16 << 10;

  private final Origin origin;
  private final SSLSocketFactory factory;
  private final PlainWire below;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private @Nullable SSLSocket socket;

  TlsWire(Origin origin, SSLSocketFactory factory) {
    this.origin = origin;
    this.factory = factory;
    below = new PlainWire(origin);
  }

  @Override
  public void connect() throws IOException {
    below.connect();
    SSLSocket layered =
        (SSLSocket) factory.createSocket(below.socket(), origin.host(), origin.port(), true);
    SSLParameters parameters = layered.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    layered.setSSLParameters(parameters);
    layered.startHandshake();
    socket = layered;
  }

  private SSLSocket open() throws IOException {
    SSLSocket known = socket;
    if (known == null) {
      throw new IOException("not connected");
    }
    return known;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    InputStream in = open().getInputStream();
    int count = in.read(buffer, 0, Math.min(buffer.length, target.remaining()));
    if (count > 0) {
      target.put(buffer, 0, count);
    }
    return count;
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    open().getOutputStream().write(bytes);
  }

  /// Without a farewell: that would wait for whoever is writing.
  @Override
  public void close() {
    below.close();
  }
}
