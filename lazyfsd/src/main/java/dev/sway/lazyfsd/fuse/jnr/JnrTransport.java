package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import ru.serce.jnrfuse.struct.FuseOperations;

/// Serves views through libfuse 2, which Debian packages as `libfuse2`. Thread-safe.
public final class JnrTransport implements FuseTransport {
  /// Threads that serve one mount: those that wait for the network must not starve those that can
  /// answer.
  private static final int THREADS = 10;

  /// The image cannot change, so the kernel may keep all it learns: timeouts are 11 days.
  private static final String OPTIONS =
      "ro,noatime,allow_other,default_permissions,kernel_cache,use_ino"
          + ",entry_timeout=1000000,attr_timeout=1000000,negative_timeout=1000000"
          + ",max_background=64,congestion_threshold=48,subtype=sway,fsname=";

  private static final Path DEVICE = Path.of("/dev/fuse");

  private final LibFuse2 libfuse;
  private final Runtime runtime;

  private JnrTransport(LibFuse2 libfuse) {
    this.libfuse = libfuse;
    this.runtime = Runtime.getRuntime(libfuse);
  }

  /// Loads libfuse.
  ///
  /// @throws SwayException of kind `mount` where libfuse or `/dev/fuse` is missing
  public static JnrTransport load() throws SwayException {
    if (!Files.exists(DEVICE)) {
      throw new SwayException(
          FailureKind.MOUNT,
          DEVICE + " is missing; load the kernel module 'fuse', or give the container that device");
    }
    try {
      return new JnrTransport(LibraryLoader.create(LibFuse2.class).failImmediately().load("fuse"));
    } catch (UnsatisfiedLinkError e) {
      throw new SwayException(
          FailureKind.MOUNT,
          "libfuse.so.2 is missing; install it with 'apt-get install libfuse2'",
          e);
    }
  }

  @Override
  public String name() {
    return "jnr";
  }

  /// Tells `accesses` nothing: libfuse's callbacks have no inode, and no thread.
  @Override
  public FuseMount mount(ImageView view, AccessSink accesses, Path point, String name)
      throws SwayException {
    List<Object> callbacks = new ArrayList<>();
    FuseOperations operations = operations(view, callbacks);
    PointerByReference mountPoint = new PointerByReference();
    String[] arguments = {"lazyfsd", point.toString(), "-f", "-o", OPTIONS + name};
    Pointer fuse =
        libfuse.fuse_setup(
            arguments.length,
            arguments,
            operations,
            Struct.size(operations),
            mountPoint,
            new IntByReference(),
            null);
    if (fuse == null) {
      throw new SwayException(
          FailureKind.MOUNT,
          "libfuse cannot mount at "
              + point
              + " (its own line above says why); lazyfsd needs root and an empty folder");
    }
    return JnrMount.serve(libfuse, fuse, point, THREADS, List.of(operations, callbacks));
  }

  /// The table of callbacks. libfuse keeps the pointers and Java must keep the objects behind them:
  /// they are added to `kept`.
  private FuseOperations operations(ImageView view, List<Object> kept) throws SwayException {
    JnrFileSystem files = new JnrFileSystem(view);
    FuseOperations table = new FuseOperations(runtime);
    Pointer memory = NativeBytes.allocate(table);
    kept.add(memory);
    set(table.getattr.offset(), Callbacks.Getattr.class, files::getattr, memory, kept);
    set(table.readlink.offset(), Callbacks.Readlink.class, files::readlink, memory, kept);
    set(table.open.offset(), Callbacks.Open.class, files::open, memory, kept);
    set(table.read.offset(), Callbacks.Read.class, files::read, memory, kept);
    set(table.statfs.offset(), Callbacks.Statfs.class, files::statfs, memory, kept);
    if (hasXattrs(view)) {
      // Without it libfuse answers the first question with ENOSYS, and the kernel asks no other:
      // overlayfs would in every run, for each folder on the way.
      set(table.getxattr.offset(), Callbacks.Getxattr.class, files::getxattr, memory, kept);
    }
    set(table.listxattr.offset(), Callbacks.Listxattr.class, files::listxattr, memory, kept);
    set(table.readdir.offset(), Callbacks.Readdir.class, files::readdir, memory, kept);
    return table;
  }

  private static boolean hasXattrs(ImageView view) throws SwayException {
    try {
      return view.hasXattrs();
    } catch (SwayException e) {
      throw e;
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.MOUNT, "the image's index cannot be read: " + e.getMessage(), e);
    }
  }

  private <T> void set(long offset, Class<T> type, T callback, Pointer memory, List<Object> kept) {
    Pointer function = runtime.getClosureManager().getClosurePointer(type, callback);
    memory.putPointer(offset, function);
    kept.add(callback);
    kept.add(function);
  }
}
