package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImageView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Brings what one plan wants: looks its names up, loads its chunks in the order of their urgency,
/// and puts files' bytes into the kernel's page cache. What a process asks for meanwhile is served
/// before it, as the sources and the chunk cache have it.
///
/// Whoever loads chunks never waits for the mount: a read that the mount serves may wait for what
/// they load. So other threads hand the bytes to the kernel.
///
/// Thread-safe. Nothing of it throws: what does not come is asked for by whoever needs it.
public final class Prefetch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Prefetch.class.getName());

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final int PUSHERS = Math.clamp(PROCESSORS, 1, 2);

  private final ChunkCache chunks;
  private final ImageView view;
  private final FuseMount mount;
  private final PrefetchPlan plan;
  private final FetchCounters counters;
  private final String threadName;
  private final Map<ChunkPlace, List<Window>> windows = new HashMap<>();
  private final BlockingQueue<Window> ready = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final FetchPace pace = new FetchPace();
  private final AtomicInteger loading = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger working = new AtomicInteger();
  private final AtomicLong pushed = new AtomicLong();
  private volatile boolean cancelled;

  /// Whether something was left undone because it was cancelled.
  private volatile boolean cutOff;

  private volatile @Nullable IOException failure;
  private volatile long ended;

  /// @param threadName that its threads' names begin with
  Prefetch(
      ChunkCache chunks,
      ImageView view,
      FuseMount mount,
      PrefetchPlan plan,
      FetchCounters counters,
      String threadName) {
    this.chunks = chunks;
    this.view = view;
    this.mount = mount;
    this.plan = plan;
    this.counters = counters;
    this.threadName = threadName;
    for (PrefetchPlan.Step step : plan.chunks()) {
      windows.put(step.place(), step.windows());
    }
  }

  /// Begins; returns at once.
  void begin() {
    Queue<List<ChunkPlace>> here = new ConcurrentLinkedQueue<>();
    List<ChunkPlace> absent = new ArrayList<>();
    for (PrefetchPlan.Step step : plan.chunks()) {
      if (chunks.isHere(step.place())) {
        here.add(List.of(step.place()));
      } else {
        absent.add(step.place());
      }
    }
    Queue<List<ChunkPlace>> groups = new ConcurrentLinkedQueue<>(FetchGroups.of(absent));
    int loaders = Math.min(PROCESSORS, here.size());
    int fetchers = Math.min(FetchPace.MOST, groups.size());
    loading.set(loaders + fetchers);
    add("names", this::lookUp);
    for (int i = 0; i < fetchers; i++) {
      add("fetch-" + i, () -> fetch(groups));
    }
    for (int i = 0; i < loaders; i++) {
      add("load-" + i, () -> loadAll(here));
    }
    for (int i = 0; i < PUSHERS && mount.stores(); i++) {
      add("push-" + i, this::push);
    }
    working.set(threads.size());
    for (Thread thread : threads) {
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        LOG.log(System.Logger.Level.WARNING, "no thread to prefetch with: {0}", e.getMessage());
        cancelled = true;
        left();
      }
    }
  }

  /// One thread less works on it.
  private void left() {
    if (working.decrementAndGet() == 0) {
      ended = System.nanoTime();
      over.countDown();
    }
  }

  private void add(String name, Runnable work) {
    threads.add(
        Thread.ofPlatform()
            .name(threadName + "-" + name)
            .daemon()
            .unstarted(() -> {
              try {
                work.run();
              } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "not all is prefetched: {0}", e.toString());
              } finally {
                left();
              }
            }));
  }

  /// Has the kernel know the names, and the inodes that they lead to.
  private void lookUp() {
    byte[] root = bytes(mount.point().toString());
    for (PrefetchPlan.File file : plan.names()) {
      if (cancelled) {
        cutOff = true;
        return;
      }
      FileFacts.exist(path(root, file));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] path(byte[] root, PrefetchPlan.File file) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(root);
    for (ByteName name : file.names()) {
      path.write('/');
      path.writeBytes(name.bytes());
    }
    return path.toByteArray();
  }

  private void fetch(Queue<List<ChunkPlace>> groups) {
    try {
      while (pace.begin(System.nanoTime())) {
        List<ChunkPlace> group = groups.poll();
        if (group == null) {
          pace.stop();
          return;
        }
        long bytes = 0;
        try {
          if (load(group)) {
            bytes = group.stream().mapToLong(place -> place.chunk().stored()).sum();
          }
        } finally {
          pace.end(bytes, System.nanoTime());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loading.decrementAndGet();
    }
  }

  private void loadAll(Queue<List<ChunkPlace>> groups) {
    try {
      for (List<ChunkPlace> group = groups.poll(); group != null; group = groups.poll()) {
        var _ = load(group);
      }
    } finally {
      loading.decrementAndGet();
    }
  }

  /// Answers whether all of it came.
  private boolean load(List<ChunkPlace> group) {
    if (cancelled) {
      cutOff = true;
      return false;
    }
    try {
      chunks.prefetch(group, counters, this::loaded);
      return true;
    } catch (IOException e) {
      // The run asks for it itself, and then it is an error or not.
      failure = e;
      if (!cancelled) {
        LOG.log(System.Logger.Level.DEBUG, "not prefetched: {0}", e.getMessage());
      }
      return false;
    }
  }

  private void loaded(ChunkPlace place) {
    for (Window window : windows.getOrDefault(place, List.of())) {
      if (window.arrived()) {
        ready.add(window);
      }
    }
  }

  private void push() {
    byte[] root = bytes(mount.point().toString());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Window.MAX_BYTES, 4096);
      while (!cancelled) {
        boolean last = loading.get() == 0;
        Window window = ready.poll(last ? 0 : 5, TimeUnit.MILLISECONDS);
        if (window != null) {
          try {
            push(window, buffer, root);
          } catch (IOException e) {
            failure = e;
          }
        } else if (last) {
          return;
        }
      }
      if (!ready.isEmpty()) {
        cutOff = true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void push(Window window, MemorySegment buffer, byte[] root) throws IOException {
    MemorySegment content = buffer.asSlice(0, window.length());
    long inode = window.file().inode();
    view.read(inode, window.offset(), content);
    if (mount.store(inode, window.offset(), content)
        || (FileFacts.exist(path(root, window.file()))
            && mount.store(inode, window.offset(), content))) {
      pushed.addAndGet(window.length());
    }
  }

  /// Waits until all is here, at most `patience`; answers whether it is over.
  public boolean await(Duration patience) {
    try {
      return over.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  /// Waits for the end of what is under way.
  void join() {
    boolean interrupted = false;
    while (!isOver()) {
      try {
        over.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many chunks are wanted.
  public int chunks() {
    return plan.chunks().size();
  }

  /// How many bytes of packs it has fetched.
  public long fetchedBytes() {
    return counters.snapshot().bytes();
  }

  /// How many bytes it has put into the page cache.
  public long pushedBytes() {
    return pushed.get();
  }

  /// When it was over, by [System#nanoTime]; 0 while it goes on.
  public long ended() {
    return ended;
  }

  /// How it ended, in a word or by what went wrong.
  public String outcome() {
    IOException failed = failure;
    if (cutOff || (cancelled && !isOver())) {
      return "cancelled";
    }
    if (failed != null) {
      return String.valueOf(failed.getMessage());
    }
    return plan.whole() ? "done" : "budget";
  }

  /// Gives up what is not under way yet; what is goes on to its end. Idempotent.
  @Override
  public void close() {
    cancelled = true;
  }
}
