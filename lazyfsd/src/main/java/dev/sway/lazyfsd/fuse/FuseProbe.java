package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.DirentPlusVisitor;
import dev.sway.formats.index.DirentVisitor;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Proves at start that this machine can mount: serves a file system of one file through the
/// transport, lists it and reads the file.
///
/// What is missing (`/dev/fuse`, libfuse, root) shows before the first user needs it; and what a
/// transport does only once in its life is done before somebody waits for it.
public final class FuseProbe {
  private static final ByteName NAME = ByteName.of("probe");
  private static final byte[] CONTENT = "sway\n".getBytes(StandardCharsets.US_ASCII);
  private static final long FILE = 2;

  private FuseProbe() {}

  /// Mounts at the folder `point`, which is made and removed again.
  ///
  /// @throws SwayException of kind `mount` where that does not work
  public static void check(FuseTransport transport, Path point) throws IOException {
    Files.createDirectories(point);
    try (FuseMount mount = transport.mount(new OneFile(), point, "sway:probe");
        Stream<Path> entries = Files.list(mount.point())) {
      List<Path> found = entries.toList();
      String content = Files.readString(point.resolve(NAME.toString()));
      if (found.size() != 1 || !content.equals("sway\n")) {
        throw new SwayException(
            FailureKind.MOUNT,
            "a FUSE mount at " + point + " shows other files than it should: " + found);
      }
    } finally {
      Files.deleteIfExists(point);
    }
  }

  private static final class OneFile implements ImageView {
    @Override
    public long lookup(long parent, ByteName name) {
      return parent == ROOT && name.equals(NAME) ? FILE : 0;
    }

    @Override
    public InodeRecord attributes(long inode) {
      boolean file = inode == FILE;
      int mode = file ? FileType.REGULAR.bits() | 0444 : FileType.DIRECTORY.bits() | 0555;
      return new InodeRecord(
          inode, mode, 0, 0, file ? 1 : 2, file ? CONTENT.length : 0, 0, 0, 0, 0, false);
    }

    @Override
    public void entries(long directory, long position, DirentVisitor visitor) {
      if (position == 0) {
        visitor.entry(MemorySegment.ofArray(NAME.bytes()), FILE, attributes(FILE).mode(), 1);
      }
    }

    @Override
    public void entriesPlus(long directory, long position, DirentPlusVisitor visitor) {
      if (position == 0) {
        visitor.entry(MemorySegment.ofArray(NAME.bytes()), attributes(FILE), 1);
      }
    }

    @Override
    public @Nullable ByteName linkTarget(long inode) {
      return null;
    }

    @Override
    public int read(long inode, long offset, MemorySegment target) {
      int length = (int) Math.clamp(CONTENT.length - offset, 0, target.byteSize());
      if (length > 0) {
        MemorySegment.copy(CONTENT, (int) offset, target, ValueLayout.JAVA_BYTE, 0, length);
      }
      return length;
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
      return new Totals(2, CONTENT.length);
    }
  }
}
