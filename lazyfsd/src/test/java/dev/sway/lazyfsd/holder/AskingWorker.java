package dev.sway.lazyfsd.holder;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.DirentPlusVisitor;
import dev.sway.formats.index.DirentVisitor;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.fixture.ChildJvm;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.MountEnd;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A worker of the state folder that it is given, with one mount, that asks this mount itself for a
/// name and never answers. It prints each name that it is asked for.
public final class AskingWorker {
  /// The name that it asks itself for.
  public static final String OWN = "own";

  private AskingWorker() {}

  /// A tree whose root has any name that `answer` lets through.
  record Names(Consumer<String> answer) implements ImageView {
    @Override
    public long lookup(long parent, ByteName name) {
      answer.accept(name.toString());
      return 2;
    }

    @Override
    public InodeRecord attributes(long inode) {
      FileType type = inode == ROOT ? FileType.DIRECTORY : FileType.REGULAR;
      return new InodeRecord(inode, type.bits() | 0755, 0, 0, 1, 0, 0, 0, 0, 0, false);
    }

    @Override
    public void entries(long directory, long position, DirentVisitor visitor) {}

    @Override
    public void entriesPlus(long directory, long position, DirentPlusVisitor visitor) {}

    @Override
    public @Nullable ByteName linkTarget(long inode) {
      return null;
    }

    @Override
    public int read(long inode, long offset, MemorySegment target) {
      return 0;
    }

    @Override
    public byte @Nullable [] xattr(long inode, ByteName name) {
      return null;
    }

    @Override
    public List<ByteName> xattrNames(long inode) {
      return List.of();
    }

    @Override
    public Totals totals() {
      return new Totals(2, 0);
    }
  }

  static Path point(Path state) {
    return state.resolve("mounts").resolve("image");
  }

  /// Starts one; it has nothing on stderr to say.
  ///
  /// @param state folder
  /// @param held whether its holder is to have the mount
  public static Process start(Path state, boolean held) throws IOException {
    return ChildJvm.of(AskingWorker.class, state.toString(), Boolean.toString(held))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Ends what tests may have left of `state`: mounts, and a holder that lives.
  public static void end(Path state) throws IOException {
    MountEnd.abortBelow(state, _ -> false);
    for (MountInfo mount : MountInfo.below(state)) {
      SystemCalls.unmount(mount.point(), true);
    }
    try (HolderClient client = HolderClient.open(state, HolderProcess.ofThisProgram())) {
      client.end();
    }
  }

  private static void unanswered(String name) {
    System.out.println(name);
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Runs until it is killed.
  ///
  /// @param arguments the state folder, and whether its holder is to have the mount
  public static void main(String[] arguments) throws IOException {
    Path state = Path.of(arguments[0]);
    StateLock lock = StateLock.acquire(state);
    try (HolderClient holder = HolderClient.open(state, HolderProcess.ofThisProgram())) {
      Path point = Files.createDirectories(point(state));
      FuseMount mount =
          new KernelTransport().mount(new Names(AskingWorker::unanswered), point, "sway:test");
      if (Boolean.parseBoolean(arguments[1])) {
        for (int i = 0; i < mount.descriptors().size(); i++) {
          holder.hold(
              HolderClient.FUSE_NAME + "image/" + i, mount.descriptors().get(i), new byte[0]);
        }
      }
      FileFacts.exist(point.resolve(OWN).toString().getBytes(StandardCharsets.UTF_8));
    } finally {
      lock.close();
    }
  }
}
