package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFileTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;

  private Path path() {
    return folder.resolve("file");
  }

  @Test
  void punchedRangeIsZerosAndTakesNoRoom() throws IOException {
    try (NativeFile file = NativeFile.open(path());
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(MIB).fill((byte) 7);
      file.write(0, bytes);
      long before = file.facts().allocated();
      file.punch(4096, MIB / 2);
      assertThat(file.read(0, bytes)).isEqualTo(MIB);
      assertThat(bytes.asSlice(4096, MIB / 2).mismatch(arena.allocate(MIB / 2))).isEqualTo(-1);
      assertThat(bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      assertThat(file.facts().allocated()).isEqualTo(before - MIB / 2);
      assertThat(file.facts().size()).isEqualTo(MIB);
      file.punch(0, 1L << 30);
      assertThat(file.facts().allocated()).isZero();
    }
  }

  @Test
  void readStopsAtTheEndOfTheFile() throws IOException {
    Files.writeString(path(), "four");
    try (NativeFile file = NativeFile.open(path());
        Arena arena = Arena.ofConfined()) {
      assertThat(file.read(2, arena.allocate(10))).isEqualTo(2);
      assertThat(file.read(4, arena.allocate(10))).isZero();
      file.truncate(3);
      file.force();
    }
    assertThat(path()).hasContent("fou");
  }

  @Test
  void lockExcludesTheOtherOpenersOfThisProcessUntilItIsClosed() throws IOException {
    try (NativeFile one = NativeFile.open(path())) {
      try (NativeFile other = NativeFile.open(path())) {
        assertThat(one.tryLock(100, 50)).isTrue();
        assertThat(one.tryLock(100, 50)).isTrue();
        assertThat(other.tryLock(149, 1)).isFalse();
        assertThat(other.tryLock(150, 1)).isTrue();
        one.unlock(100, 50);
        assertThat(other.tryShare(100, 50)).isTrue();
        assertThat(one.tryShare(100, 50)).isTrue();
        assertThat(one.tryLock(100, 50)).isFalse();
      }
      assertThat(one.tryLock(100, 51)).isTrue();
    }
  }

  @Test
  void factsAreThoseOfTheFileSystem() throws IOException {
    Files.write(path(), new byte[10_000]);
    FileFacts facts = FileFacts.of(path());
    assertThat(facts.size()).isEqualTo(10_000);
    assertThat(facts.inode()).isEqualTo(Files.getAttribute(path(), "unix:ino"));
    assertThat(facts.changedNanos() / 1_000)
        .isEqualTo(
            ((java.nio.file.attribute.FileTime) Files.getAttribute(path(), "unix:ctime"))
                .to(java.util.concurrent.TimeUnit.MICROSECONDS));
    try (NativeFile file = NativeFile.open(path())) {
      assertThat(file.facts()).isEqualTo(facts);
    }
    assertThatThrownBy(() -> FileFacts.of(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whatTheKernelRefusesNamesTheFile() throws IOException {
    assertThatThrownBy(() -> NativeFile.open(folder).close())
        .isInstanceOf(FileSystemException.class)
        .hasMessageContainingAll(folder.toString(), "is a directory");
  }

  @Test
  void closedFileIsUsedByNobody() throws IOException {
    NativeFile file = NativeFile.open(path());
    file.close();
    file.close();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1);
      assertThatThrownBy(() -> file.read(0, bytes)).isInstanceOf(ClosedChannelException.class);
      assertThatThrownBy(() -> file.tryLock(0, 1)).isInstanceOf(ClosedChannelException.class);
    }
  }
}
