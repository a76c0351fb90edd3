package dev.sway.lazyfsd.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FreeSlotsTest {
  private final FreeSlots free = new FreeSlots();

  private Slot add(long resident) {
    Slot slot = new Slot(0, MemorySegment.NULL);
    slot.resident(resident);
    free.add(slot);
    return slot;
  }

  @Test
  void leastThatSufficesElseMostIsTakenOut() {
    Slot none = add(0);
    Slot small = add(10);
    Slot large = add(30);
    Slot medium = add(20);
    assertThat(free.poll(11)).isSameAs(medium);
    assertThat(free.poll(11)).isSameAs(large);
    assertThat(free.poll(11)).as("nothing suffices").isSameAs(small);
    assertThat(free.poll(0)).isSameAs(none);
    assertThat(free.poll(0)).isNull();
  }

  @Test
  void ofEqualOnesTheLastThatWasFreedIsTakenOut() {
    Slot first = add(10);
    Slot second = add(10);
    assertThat(free.poll(10)).isSameAs(second);
    free.add(second);
    assertThat(free.poll(1)).isSameAs(second);
    assertThat(free.poll(1)).isSameAs(first);
  }
}
