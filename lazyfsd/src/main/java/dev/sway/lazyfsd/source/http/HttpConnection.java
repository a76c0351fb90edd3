package dev.sway.lazyfsd.source.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A connection on which ranges are asked for, one after the other, by one thread at a time.
final class HttpConnection implements AutoCloseable {
  /// The longest head of an answer in bytes.
  static final int MAX_HEAD_BYTES = 16 << 10;

  private final Wire wire;

  /// Holds the request, then the answer's head and what came with it.
  private final ByteBuffer head = ByteBuffer.allocateDirect(MAX_HEAD_BYTES);

  private boolean reusable;
  private boolean answered;
  private long idleSince;

  HttpConnection(Wire wire) {
    this.wire = wire;
  }

  /// Connects.
  void open() throws IOException {
    wire.connect();
  }

  /// Told how much of a body is there.
  @FunctionalInterface
  interface Progress {
    void received(int bytes);
  }

  /// Asks for `wanted` and fills `body`, which has room for exactly that.
  ///
  /// @param request the whole request
  /// @throws RangeFailure where the answer is another
  /// @throws IOException where the connection fails
  void exchange(byte[] request, BlobRange wanted, ByteBuffer body, Progress progress)
      throws IOException {
    reusable = false;
    answered = false;
    head.clear().put(request).flip();
    wire.write(head);
    ResponseHead answer = head();
    try {
      answer.expect(wanted);
    } catch (RangeFailure e) {
      try {
        reusable = answer.isShortRefusal(head.capacity()) && skip((int) answer.contentLength());
      } catch (IOException lost) {
        e.addSuppressed(lost);
      }
      throw e;
    }
    boolean surplus = head.remaining() > body.remaining();
    head.limit(head.position() + Math.min(head.remaining(), body.remaining()));
    body.put(head);
    progress.received(body.position());
    while (body.hasRemaining()) {
      if (wire.read(body) < 0) {
        throw new RangeFailure(
            Blame.RANGE, "sent " + body.position() + " of " + wanted.length() + " bytes");
      }
      progress.received(body.position());
    }
    reusable = answer.reusable() && !surplus;
  }

  /// Reads the body of an error, `length` bytes of which a part may be there already; answers
  /// whether they were all that came.
  private boolean skip(int length) throws IOException {
    head.compact().limit(Math.max(length, head.position()));
    while (head.hasRemaining()) {
      if (wire.read(head) < 0) {
        return false;
      }
    }
    return head.position() == length;
  }

  private ResponseHead head() throws IOException {
    head.clear();
    while (head.hasRemaining()) {
      if (wire.read(head) < 0) {
        throw new EOFException("connection closed without an answer");
      }
      answered = true;
      head.flip();
      ResponseHead answer = ResponseHead.parse(head);
      if (answer != null) {
        return answer;
      }
      head.position(head.limit()).limit(head.capacity());
    }
    throw ResponseHead.noHead("a head of more than " + MAX_HEAD_BYTES + " bytes");
  }

  /// Whether the last exchange left the connection as it was before.
  boolean reusable() {
    return reusable;
  }

  /// Whether any byte of an answer to the last request came.
  boolean answered() {
    return answered;
  }

  long idleSince() {
    return idleSince;
  }

  void idleSince(long nanos) {
    idleSince = nanos;
  }

  @Override
  public void close() {
    wire.close();
  }
}
