package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// An open file, with what `FileChannel` lacks: holes can be punched into it, locks belong to this
/// object rather than to the process, and the interrupt of one reader does not close it for all.
///
/// Thread-safe. [#close] waits for calls under way, is idempotent and releases the locks, as the
/// end of the process does. A failure is a [FileSystemException] that names the file.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class NativeFile implements AutoCloseable {
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_CLOEXEC = 02000000;
  private static final int OWNER_ONLY = 0600;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int EDQUOT = 122;

  /// `F_OFD_SETLK`: locks of open file descriptions (fcntl(2)), which exclude two openers in one
  /// process too, and are not lost when another descriptor of the file is closed.
  private static final int F_OFD_SETLK = 37;

  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;

  /// `FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE`.
  private static final int PUNCH = 1 | 2;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /// `struct flock` of 64-bit Linux.
  private static final MemoryLayout FLOCK =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_SHORT.withName("l_type"),
          ValueLayout.JAVA_SHORT.withName("l_whence"),
          MemoryLayout.paddingLayout(4),
          LONG.withName("l_start"),
          LONG.withName("l_len"),
          INT.withName("l_pid"),
          MemoryLayout.paddingLayout(4));

  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(INT, ADDRESS, INT, INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FCNTL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("fcntl"),
          FunctionDescriptor.of(INT, INT, INT, ADDRESS),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle PREAD = handle("pread", LONG, INT, ADDRESS, LONG, LONG);
  private static final MethodHandle PWRITE = handle("pwrite", LONG, INT, ADDRESS, LONG, LONG);
  private static final MethodHandle FALLOCATE = handle("fallocate", INT, INT, INT, LONG, LONG);
  private static final MethodHandle FTRUNCATE = handle("ftruncate", INT, INT, LONG);
  private static final MethodHandle FSYNC = handle("fsync", INT, INT);
  private static final MethodHandle CLOSE = handle("close", INT, INT);

  private final Path path;
  private final int descriptor;
  private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();
  private boolean closed;

  private NativeFile(Path path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  /// A system call: gets the memory for `errno`, returns what the call does.
  @FunctionalInterface
  private interface Call {
    long on(MemorySegment state) throws Throwable;
  }

  /// Opens `path` for reading and writing; creates it, for its owner alone, where it is missing.
  public static NativeFile open(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toString(), StandardCharsets.UTF_8);
      int flags = O_RDWR | O_CREAT | O_CLOEXEC;
      long opened = checked(path, state -> (int) OPEN.invokeExact(state, name, flags, OWNER_ONLY));
      return new NativeFile(path, (int) opened);
    }
  }

  /// Reads bytes from `offset` on until `target`, which is native memory, is full or the file ends.
  ///
  /// @return how many
  public long read(long offset, MemorySegment target) throws IOException {
    long done = 0;
    while (done < target.byteSize()) {
      MemorySegment rest = target.asSlice(done);
      long at = offset + done;
      long count =
          call(state -> (long) PREAD.invokeExact(state, descriptor, rest, rest.byteSize(), at));
      if (count == 0) {
        break;
      }
      done += count;
    }
    return done;
  }

  /// Writes all of `source`, which is native memory, at `offset`. Where this fails, part of it may
  /// be written.
  public void write(long offset, MemorySegment source) throws IOException {
    long done = 0;
    while (done < source.byteSize()) {
      MemorySegment rest = source.asSlice(done);
      long at = offset + done;
      done +=
          call(state -> (long) PWRITE.invokeExact(state, descriptor, rest, rest.byteSize(), at));
    }
  }

  /// Gives the disk back what `offset..offset+length` takes; these bytes are zeros from now on, and
  /// the file is as long as before.
  public void punch(long offset, long length) throws IOException {
    call(state -> (int) FALLOCATE.invokeExact(state, descriptor, PUNCH, offset, length));
  }

  /// Makes the file `length` bytes long.
  public void truncate(long length) throws IOException {
    call(state -> (int) FTRUNCATE.invokeExact(state, descriptor, length));
  }

  /// Waits until all that was written is on the disk.
  public void force() throws IOException {
    call(state -> (int) FSYNC.invokeExact(state, descriptor));
  }

  /// What the file is now.
  public FileFacts facts() throws IOException {
    Lock use = use();
    try {
      return FileFacts.of(path, descriptor);
    } finally {
      use.unlock();
    }
  }

  /// Locks a range against every other opener of the file, unless one has a part of it locked; a
  /// range that this object has locked already is then exclusive.
  ///
  /// @return whether it is locked now
  public boolean tryLock(long offset, long length) throws IOException {
    return lock(F_WRLCK, offset, length);
  }

  /// Like [#tryLock], but together with others who do the same; a range that was exclusive is
  /// shared from now on, without a moment in between.
  public boolean tryShare(long offset, long length) throws IOException {
    return lock(F_RDLCK, offset, length);
  }

  /// Gives a range free.
  public void unlock(long offset, long length) throws IOException {
    lock(F_UNLCK, offset, length);
  }

  private boolean lock(short type, long offset, long length) throws IOException {
    Lock use = use();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flock = arena.allocate(FLOCK);
      flock.set(ValueLayout.JAVA_SHORT, 0, type);
      flock.set(LONG, 8, offset);
      flock.set(LONG, 16, length);
      long error = attempt(state -> (int) FCNTL.invokeExact(state, descriptor, F_OFD_SETLK, flock));
      if (error == -EAGAIN || error == -Errno.EACCES.number()) {
        return false;
      }
      if (error < 0) {
        throw failure(path, (int) -error);
      }
      return true;
    } finally {
      use.unlock();
    }
  }

  private long call(Call call) throws IOException {
    Lock use = use();
    try {
      return checked(path, call);
    } finally {
      use.unlock();
    }
  }

  /// A descriptor that is closed may be another file's a moment later: nobody may use it then.
  private Lock use() throws ClosedChannelException {
    Lock use = lifetime.readLock();
    use.lock();
    if (closed) {
      use.unlock();
      throw new ClosedChannelException();
    }
    return use;
  }

  private static long checked(Path path, Call call) throws FileSystemException {
    long result = attempt(call);
    if (result < 0) {
      throw failure(path, (int) -result);
    }
    return result;
  }

  /// What the call returns, or the error's number, negated.
  private static long attempt(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      while (true) {
        long result = call.on(state);
        if (result >= 0) {
          return result;
        }
        int error = (int) ERRNO.get(state, 0L);
        if (error != EINTR) {
          return -error;
        }
      }
    } catch (Throwable e) {
      throw new AssertionError("a system call throws nothing", e);
    }
  }

  static FileSystemException failure(Path path, int error) {
    return error == Errno.ENOENT.number()
        ? new NoSuchFileException(path.toString())
        : new FileSystemException(path.toString(), null, Errno.describe(error));
  }

  /// Whether `failure` says that the disk, or what a user may take of it, is full.
  public static boolean isFull(IOException failure) {
    return failure instanceof FileSystemException refused
        && (Errno.describe(Errno.ENOSPC.number()).equals(refused.getReason())
            || Errno.describe(EDQUOT).equals(refused.getReason()));
  }

  @Override
  public void close() throws IOException {
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        checked(path, state -> (int) CLOSE.invokeExact(state, descriptor));
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
