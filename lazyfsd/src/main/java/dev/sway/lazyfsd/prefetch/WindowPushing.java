package dev.sway.lazyfsd.prefetch;

import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Puts files' bytes, whose chunks are in memory, into the kernel's page cache. That may wait for
/// the mount. Thread-safe.
final class WindowPushing {
  /// How long to wait for a window before looking whether more are to come.
  private static final long LOOK_MILLIS = 5;

  private final ImageView view;
  private final FuseMount mount;
  private final NameLookups lookups;
  private final Course course;
  private final BlockingQueue<Window> ready = new LinkedBlockingQueue<>();
  private final AtomicLong bytes = new AtomicLong();

  /// @param view of the image, which reads what is pushed
  /// @param lookups in `mount`: the kernel takes bytes only of what it knows
  WindowPushing(ImageView view, FuseMount mount, NameLookups lookups, Course course) {
    this.view = view;
    this.mount = mount;
    this.lookups = lookups;
    this.course = course;
  }

  /// Has `window`, all of whose chunks are in memory, pushed; returns at once.
  void add(Window window) {
    ready.add(window);
  }

  /// Pushes what is added, on the calling thread, until all is done or it is cancelled.
  ///
  /// @param pushed is told each that the kernel has taken
  /// @param complete whether nothing is added any more
  /// @param stale whether what was added is not to be pushed any more
  void pushUntil(Consumer<Window> pushed, BooleanSupplier complete, BooleanSupplier stale) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Window.MAX_BYTES, 4096);
      while (!course.isCancelled()) {
        if (stale.getAsBoolean()) {
          ready.clear();
          return;
        }
        boolean last = complete.getAsBoolean();
        Window window = ready.poll(last ? 0 : LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (window != null) {
          try {
            if (push(window, buffer)) {
              pushed.accept(window);
            }
          } catch (IOException e) {
            course.failed(e);
          }
        } else if (last) {
          return;
        }
      }
      if (!ready.isEmpty()) {
        course.cutOff();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Answers whether the kernel has taken it.
  private boolean push(Window window, MemorySegment buffer) throws IOException {
    MemorySegment content = buffer.asSlice(0, window.length());
    long inode = window.file().inode();
    view.read(inode, window.offset(), content);
    boolean taken =
        mount.store(inode, window.offset(), content)
            || (lookups.lookUp(window.file()) && mount.store(inode, window.offset(), content));
    if (taken) {
      bytes.addAndGet(window.length());
    }
    return taken;
  }

  /// How many bytes the kernel has taken.
  long bytes() {
    return bytes.get();
  }
}
