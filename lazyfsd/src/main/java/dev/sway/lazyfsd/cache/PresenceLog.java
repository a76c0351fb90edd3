package dev.sway.lazyfsd.cache;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.lazyfsd.linux.NativeFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// Which frames a replica has: a file of records that is only ever appended to, so that every
/// process that uses the replica learns of the others' changes by reading on.
///
/// A record is 16 bytes, little-endian: the frame's offset in the pack (8), its length (4), the
/// time of its last use in seconds by [CacheClock] (4). A negative length `~n` says that the frame
/// is gone; the offset -1, that a shorter log has taken this one's place. The first record is
/// [#MAGIC] and zeros. Nothing is synced and nothing is believed: who reads a frame verifies it,
/// and who loses the end of the log fetches again.
///
/// Looking frames up is thread-safe. Whatever changes or reads on is for one thread at a time, and
/// changes need the lock ([#tryLock]), which holds against other processes.
final class PresenceLog implements AutoCloseable {
  static final int RECORD = 16;

  /// `SWAYFRM1`.
  static final long MAGIC = 0x314d5246_59415753L;

  private static final long SEAL = -1;
  private static final int READ_BYTES = 64 << 10;

  /// More than a pack of the greatest size and of ordinary chunks could fill.
  private static final long MAX_BYTES = 64L << 20;

  /// A log is not worth rewriting below this.
  private static final long MIN_REWRITTEN = 64 << 10;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final ConcurrentNavigableMap<Long, KeptFrame> frames = new ConcurrentSkipListMap<>();
  private volatile NativeFile file;
  private long end;

  /// How long it may become before what is of the past is counted again.
  private long rewrittenAt = MIN_REWRITTEN;

  private PresenceLog(Path path, NativeFile file) {
    this.path = path;
    this.file = file;
  }

  /// Opens or creates the log at `path` and reads it.
  static PresenceLog open(Path path) throws IOException {
    PresenceLog log = new PresenceLog(path, NativeFile.open(path));
    try {
      log.readOn();
      return log;
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /// The frames that are there, by offset.
  ConcurrentNavigableMap<Long, KeptFrame> frames() {
    return frames;
  }

  /// Reads what others have appended since, also in a log that took this one's place.
  void readOn() throws IOException {
    while (readToEnd()) {
      NativeFile next = NativeFile.open(path);
      try {
        if (next.facts().inode() == file.facts().inode()) {
          // Whoever sealed it died before its successor was there: it goes on.
          next.close();
          return;
        }
      } catch (IOException | RuntimeException e) {
        next.close();
        throw e;
      }
      file.close();
      file = next;
      begin();
    }
  }

  /// Whether the last record that was read says that there is a successor.
  private boolean readToEnd() throws IOException {
    long size = file.facts().size();
    if (size < end || size > MAX_BYTES) {
      // Truncated by somebody, or no log at all.
      begin();
    }
    boolean sealed = false;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(READ_BYTES);
      while (end + RECORD <= Math.min(size, MAX_BYTES)) {
        long whole = file.read(end, buffer) / RECORD * RECORD;
        if (whole == 0) {
          break;
        }
        for (long at = 0; at < whole; at += RECORD) {
          if (end == 0 && buffer.get(LONG, at) != MAGIC) {
            return false;
          }
          sealed = buffer.get(LONG, at) == SEAL;
          apply(buffer.get(LONG, at), buffer.get(INT, at + 8), buffer.get(INT, at + 12));
          end += RECORD;
        }
      }
    }
    return sealed;
  }

  private void begin() {
    frames.clear();
    end = 0;
  }

  private void apply(long offset, int length, int used) {
    int size = length < 0 ? ~length : length;
    if (offset < 0
        || size < 1
        || size > ChunkFormat.MAX_STORED
        || offset > ManifestFormat.MAX_PACK_BYTES - size) {
      return;
    }
    if (length < 0) {
      frames.remove(offset);
      return;
    }
    KeptFrame known = frames.get(offset);
    if (known != null && known.length() == length) {
      known.record(used);
    } else {
      frames.put(offset, new KeptFrame(offset, length, used));
    }
  }

  /// Locks out all other changes and reads what came before; answers whether that was possible
  /// before `deadline`, by [System#nanoTime].
  boolean tryLock(long deadline) throws IOException {
    while (true) {
      NativeFile locked = file;
      if (!Patience.until(deadline, () -> locked.tryLock(0, RECORD))) {
        return false;
      }
      readOn();
      if (locked == file) {
        return true;
      }
    }
  }

  void unlock() throws IOException {
    file.unlock(0, RECORD);
  }

  /// Says that `kept` are there and were used when they say. Under the lock.
  void add(Collection<KeptFrame> kept) throws IOException {
    append(kept, false);
    for (KeptFrame frame : kept) {
      frames.put(frame.offset(), frame);
      frame.record(frame.used());
    }
    rewriteIfLong();
  }

  /// Says that `gone` are not there any more, to this process even where the disk does not take it.
  /// Under the lock.
  void remove(Collection<KeptFrame> gone) throws IOException {
    for (KeptFrame frame : gone) {
      frames.remove(frame.offset(), frame);
    }
    append(gone, true);
    rewriteIfLong();
  }

  private void append(Collection<KeptFrame> changed, boolean gone) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment records = arena.allocate((changed.size() + 1L) * RECORD);
      long at = 0;
      if (end == 0) {
        file.truncate(0);
        at = put(records, at, MAGIC, 0, 0);
      }
      for (KeptFrame frame : changed) {
        int length = gone ? ~frame.length() : frame.length();
        at = put(records, at, frame.offset(), length, frame.used());
      }
      // A record that was torn by a crash or a full disk is overwritten.
      file.write(end, records.asSlice(0, at));
      end += at;
    }
  }

  private static long put(MemorySegment records, long at, long offset, int length, int used) {
    records.set(LONG, at, offset);
    records.set(INT, at + 8, length);
    records.set(INT, at + 12, used);
    return at + RECORD;
  }

  /// Once most records are of the past, writes a log of what is there now beside this one and lets
  /// it take its place.
  private void rewriteIfLong() throws IOException {
    if (end < rewrittenAt) {
      return;
    }
    List<KeptFrame> kept = List.copyOf(frames.values());
    rewrittenAt = Math.max(MIN_REWRITTEN, 4L * RECORD * kept.size());
    if (end < rewrittenAt) {
      return;
    }
    Path successor = path.resolveSibling(path.getFileName() + ".new");
    try {
      succeed(successor, kept);
    } catch (IOException e) {
      if (!NativeFile.isFull(e)) {
        throw e;
      }
      // It stays long, and right, until there is room.
      Files.deleteIfExists(successor);
      rewrittenAt = 2 * end;
    }
  }

  private void succeed(Path successor, List<KeptFrame> kept) throws IOException {
    Files.deleteIfExists(successor);
    PresenceLog next = new PresenceLog(successor, NativeFile.open(successor));
    NativeFile past = next.file;
    try (Arena arena = Arena.ofConfined()) {
      // Nobody else knows it yet: the lock is there at once, and held when others see the file.
      if (next.file.tryLock(0, RECORD)) {
        next.add(kept);
        MemorySegment seal = arena.allocate(RECORD);
        put(seal, 0, SEAL, 0, 0);
        file.write(end, seal);
        end += RECORD;
        Files.move(successor, path, StandardCopyOption.ATOMIC_MOVE);
        past = file;
        file = next.file;
        end = next.end;
      }
    } finally {
      past.close();
    }
  }

  /// Waits until the log is on the disk.
  void force() throws IOException {
    file.force();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
