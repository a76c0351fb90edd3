package dev.sway.lazyfsd.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationsTest {
  private static final int GETATTR_BYTES = FuseProtocol.IN_HEADER + 16;

  @TempDir Path folder;

  private static Request getattr(Arena arena, long inode) {
    MemorySegment buffer = arena.allocate(FuseProtocol.REQUEST_BUFFER, Long.BYTES);
    buffer.set(ValueLayout.JAVA_INT, FuseProtocol.IN_LENGTH, GETATTR_BYTES);
    buffer.set(ValueLayout.JAVA_INT, FuseProtocol.IN_OPCODE, FuseProtocol.GETATTR);
    buffer.set(ValueLayout.JAVA_LONG, FuseProtocol.IN_NODE, inode);
    Request request = new Request(buffer);
    assertThat(request.accept(GETATTR_BYTES)).isTrue();
    return request;
  }

  /// The thread that answers goes on with the next request.
  @Test
  void whateverWhoIsToldDoesWithItNothingIsThrown() throws IOException {
    AtomicInteger told = new AtomicInteger();
    AccessSink failing =
        _ -> {
          told.incrementAndGet();
          throw new IllegalStateException("it is not taken");
        };
    try (Arena arena = Arena.ofConfined();
        FixedView view = new FixedView(new TestImage(folder).file("/f", "x"), folder)) {
      Operations operations = new Operations(view.view(), false, failing);
      Request request = getattr(arena, ImageView.ROOT);
      Reply reply = new Reply(arena);
      operations.answer(request, reply, new Operations.LargeBody(new Buffers()));
      operations.tell(request, reply, System.nanoTime());
      assertThat(told).hasValue(1);
      assertThat(reply.failed()).isFalse();
    }
  }
}
