package dev.sway.lazyfsd.chunk;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.id.ContentId;
import dev.sway.lazyfsd.linux.ReservedMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Decoded chunks in native memory, as many as fit a bound. Thread-safe.
///
/// Each has a [Slot], whose address space is as large as any chunk may be; only pages that are
/// written take memory, so that nothing needs to be moved together, and what counts against the
/// bound is how far each slot was ever written since its memory was given back. Slots are used
/// again in the order of a clock's hand, which passes over those that were read since it came by
/// last. A slot that somebody reads stays.
final class DecodedChunks {
  /// What the smallest cache holds: whoever decodes needs room for one chunk of any size.
  static final long LEAST_BYTES = 4L * ChunkFormat.MAX_CONTENT;

  /// Of a kernel that has larger ones memory may come page by page.
  private static final int PAGE = 4096;

  /// Few chunks are smaller. An image that has nothing but tiny ones has so many of them decoded.
  private static final int SMALL_CHUNK = 64 << 10;

  private final long capacity;
  private final ReservedMemory memory;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<ContentId, Slot> shown = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition unpinned = lock.newCondition();
  private final FreeSlots free = new FreeSlots();
  private int hand;
  private long resident;

  /// How many look for room: who gives up a last pin tells them.
  private final AtomicInteger taking = new AtomicInteger();

  /// @param bytes of memory that it may take; at least [#LEAST_BYTES] are
  DecodedChunks(long bytes) throws IOException {
    capacity = Math.max(bytes, LEAST_BYTES);
    int count = Math.toIntExact(capacity / SMALL_CHUNK);
    memory = ReservedMemory.reserve((long) count * ChunkFormat.MAX_CONTENT);
    for (int i = 0; i < count; i++) {
      long offset = (long) i * ChunkFormat.MAX_CONTENT;
      slots.add(new Slot(offset, memory.all().asSlice(offset, ChunkFormat.MAX_CONTENT)));
    }
    slots.forEach(free::add);
  }

  /// The slot that shows this chunk, pinned, or null where none does.
  @Nullable Slot pin(ContentId id) {
    Slot slot = shown.get(id);
    if (slot == null || !slot.pin()) {
      return null;
    }
    if (slot.shows(id)) {
      slot.use();
      return slot;
    }
    // It was given to another chunk meanwhile.
    release(slot);
    return null;
  }

  /// Whether some slot shows this chunk now.
  boolean has(ContentId id) {
    return shown.containsKey(id);
  }

  /// Gives a pin back.
  void release(Slot slot) {
    if (slot.unpin() && taking.get() > 0) {
      lock.lock();
      try {
        unpinned.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Gives back the pin of who loaded what others will read: it stays as long as what was read.
  void leave(Slot slot) {
    slot.use();
    release(slot);
  }

  /// Nobody is expected to read this chunk any more: its memory is the first to be used again,
  /// unless somebody reads it now.
  void dismiss(ContentId id) {
    lock.lock();
    try {
      Slot slot = shown.get(id);
      if (slot != null && evict(slot) && taking.get() > 0) {
        unpinned.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// A slot for the calling thread alone, with memory for `bytes`; waits while all memory is being
  /// read or filled. It is to be shown or given back.
  Slot take(int bytes) {
    long need = Math.ceilDiv(bytes, ReservedMemory.GRAIN) * (long) ReservedMemory.GRAIN;
    Slot slot = take(need);
    // No more than that: what is behind the chunk's end takes no memory.
    long end = Math.ceilDiv(bytes, PAGE) * (long) PAGE;
    if (slot.populated() < end) {
      memory.populate(slot.offset() + slot.populated(), end - slot.populated());
      slot.populated(end);
    }
    return slot;
  }

  private Slot take(long need) {
    lock.lock();
    try {
      taking.incrementAndGet();
      try {
        for (Slot slot = find(need); ; slot = find(need)) {
          if (slot != null) {
            return slot;
          }
          unpinned.awaitUninterruptibly();
        }
      } finally {
        taking.decrementAndGet();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Shows the chunk in a slot that was taken and filled; the caller has it pinned then.
  void show(Slot slot, ContentId id) {
    slot.show(id);
    shown.put(id, slot);
  }

  /// Gives back a slot that was taken and is not shown.
  void giveBack(Slot slot) {
    lock.lock();
    try {
      free.add(slot);
      unpinned.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Slot find(long need) {
    while (true) {
      Slot best = free.poll(need);
      if (best != null) {
        if (best.resident() > 2 * need) {
          shrink(best, need);
        }
        long growth = Math.max(0, need - best.resident());
        long lacking = resident + growth - capacity;
        if (lacking <= 0) {
          resident += growth;
          best.resident(best.resident() + growth);
          return best;
        }
        boolean room = shrinkFree(lacking);
        free.add(best);
        if (room) {
          continue;
        }
      }
      if (!evict()) {
        return null;
      }
    }
  }

  /// Gives all memory of one free slot back: of those with at least `bytes` the one with the least,
  /// else the one with the most. Answers whether any had some.
  private boolean shrinkFree(long bytes) {
    Slot slot = free.poll(bytes);
    if (slot == null) {
      return false;
    }
    boolean some = slot.resident() > 0;
    if (some) {
      shrink(slot, 0);
    }
    free.add(slot);
    return some;
  }

  private void shrink(Slot slot, long to) {
    memory.release(slot.offset() + to, slot.resident() - to);
    resident -= slot.resident() - to;
    slot.resident(to);
    slot.populated(Math.min(slot.populated(), to));
  }

  /// Hides the next slot that nobody reads and, on the first time round, nobody has read.
  private boolean evict() {
    for (int i = 0; i < 2 * slots.size(); i++) {
      Slot slot = slots.get(hand);
      hand = (hand + 1) % slots.size();
      if (!slot.takeRecent() && evict(slot)) {
        return true;
      }
    }
    return false;
  }

  private boolean evict(Slot slot) {
    ContentId id = slot.hide();
    if (id == null) {
      return false;
    }
    shown.remove(id, slot);
    free.add(slot);
    return true;
  }

  /// Gives the memory back of what was neither filled nor read since this was last called.
  void age() {
    lock.lock();
    try {
      for (Slot slot : slots) {
        boolean filled = slot.takeYoung();
        boolean read = slot.takeRecent();
        if (!filled && !read) {
          evict(slot);
        }
      }
      while (shrinkFree(capacity)) {}
    } finally {
      lock.unlock();
    }
  }

  /// Gives all memory back that nobody reads or fills.
  void clear() {
    lock.lock();
    try {
      slots.forEach(this::evict);
      while (shrinkFree(capacity)) {}
    } finally {
      lock.unlock();
    }
  }

  /// How many bytes of memory it may take.
  long capacity() {
    return capacity;
  }

  /// How many bytes of memory it takes.
  long resident() {
    lock.lock();
    try {
      return resident;
    } finally {
      lock.unlock();
    }
  }
}
