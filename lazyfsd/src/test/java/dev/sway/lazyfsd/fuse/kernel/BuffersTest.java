package dev.sway.lazyfsd.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class BuffersTest {
  private final Buffers buffers = new Buffers();

  @Test
  void trimGivesBackWhatNobodyUses() {
    Buffers.Buffer used = buffers.take();
    Buffers.Buffer idle = buffers.take();
    MemorySegment memory = idle.memory();
    buffers.giveBack(idle);
    buffers.trim();
    assertThat(memory.scope().isAlive()).isFalse();
    assertThat(used.memory().scope().isAlive()).isTrue();
    buffers.giveBack(used);
    assertThat(buffers.take()).isSameAs(used);
    assertThat(buffers.take().memory().byteSize()).isEqualTo(FuseProtocol.MAX_READ);
  }
}
