package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Serves views on `/dev/fuse` itself: on Linux, as root. Thread-safe.
public final class KernelTransport implements FuseTransport {
  private static final System.Logger LOG = System.getLogger(KernelTransport.class.getName());
  private static final long FLAGS =
      SystemCalls.MS_RDONLY | SystemCalls.MS_NODEV | SystemCalls.MS_NOSUID | SystemCalls.MS_NOATIME;

  /// Descriptors for each mount, each with a queue of its own for requests under way. More than
  /// processors are of no use.
  private static final int DESCRIPTORS = Math.min(4, Runtime.getRuntime().availableProcessors());

  private final Buffers buffers = new Buffers();

  @Override
  public String name() {
    return "kernel";
  }

  @Override
  public FuseMount mount(ImageView view, AccessSink accesses, Path point, String name)
      throws SwayException {
    List<Integer> descriptors = new ArrayList<>();
    boolean mounted = false;
    boolean served = false;
    try {
      boolean xattrs = view.hasXattrs();
      Operations operations = new Operations(view, xattrs, accesses);
      int fd = DeviceCalls.open();
      descriptors.add(fd);
      SystemCalls.mount(
          name,
          point,
          TYPE,
          FLAGS,
          "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions,max_read=%d"
              .formatted(fd, FuseProtocol.MAX_READ));
      mounted = true;
      long agreed = Handshake.shake(fd, xattrs);
      while (descriptors.size() < DESCRIPTORS) {
        descriptors.add(DeviceCalls.cloneOf(fd));
      }
      served = true;
      return KernelMount.serve(
          point, descriptors, operations, buffers, survives(agreed, point), false);
    } catch (SwayException e) {
      throw e;
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.MOUNT, "cannot mount at " + point + ": " + e.getMessage(), e);
    } finally {
      if (!served) {
        if (mounted) {
          SystemCalls.unmount(point, true);
        }
        descriptors.forEach(DeviceCalls::close);
      }
    }
  }

  @Override
  public void trim() {
    buffers.trim();
  }

  /// Without it, whoever has asked a server that was killed would wait for ever.
  private static boolean survives(long agreed, Path point) {
    boolean resends = (agreed & FuseProtocol.HAS_RESEND) != 0;
    if (!resends) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the kernel cannot send requests again (Linux 6.9 can): the mount at {0} ends with this process",
          point);
    }
    return resends;
  }

  @Override
  public FuseMount resume(
      ImageView view, AccessSink accesses, Path point, List<Integer> descriptors)
      throws SwayException {
    boolean served = false;
    try {
      Operations operations = new Operations(view, view.hasXattrs(), accesses);
      served = true;
      return KernelMount.serve(point, descriptors, operations, buffers, true, true);
    } catch (SwayException e) {
      throw e;
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.MOUNT, "cannot take over " + point + ": " + e.getMessage(), e);
    } finally {
      if (!served) {
        descriptors.forEach(DeviceCalls::close);
      }
    }
  }
}
