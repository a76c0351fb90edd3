package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.Randomized;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// readdir(3) and its positions.
interface DirectoryContract extends Mounted {
  /// What `struct dirent` says.
  ///
  /// @param name in ISO 8859-1, one character for each byte
  record Entry(long inode, int type, String name) {}

  /// An open directory.
  final class Directory implements AutoCloseable {
    private static final int LARGEST_ENTRY = 280;
    private final long stream;

    @SuppressWarnings("restricted") // the tests run with native access enabled
    Directory(Path path) {
      stream = Posix.call("opendir", path.toString()).ok();
      assertThat(stream).as("opendir of " + path).isNotZero();
    }

    /// The next entry; null behind the last.
    @SuppressWarnings("restricted") // the tests run with native access enabled
    @Nullable Entry next() {
      long at = Posix.call("readdir", stream).ok();
      if (at == 0) {
        return null;
      }
      MemorySegment entry = MemorySegment.ofAddress(at).reinterpret(LARGEST_ENTRY);
      return new Entry(
          entry.get(ValueLayout.JAVA_LONG, 0),
          entry.get(ValueLayout.JAVA_BYTE, 18),
          entry.getString(19, StandardCharsets.ISO_8859_1));
    }

    List<Entry> rest() {
      List<Entry> entries = new ArrayList<>();
      for (Entry entry = next(); entry != null; entry = next()) {
        entries.add(entry);
      }
      return entries;
    }

    long position() {
      return Posix.call("telldir", stream).ok();
    }

    void seek(long position) {
      Posix.call("seekdir", stream, position);
    }

    void rewind() {
      Posix.call("rewinddir", stream);
    }

    @Override
    public void close() {
      Posix.call("closedir", stream).ok();
    }
  }

  private static List<Entry> list(Path path) {
    try (Directory directory = new Directory(path)) {
      return directory.rest();
    }
  }

  private static byte[] below(Path folder, String name) {
    return (folder + "/" + name).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  default void hundredThousandEntriesAreListedOnceEachInLittleTime() {
    Path many = root().resolve("many");
    long began = System.nanoTime();
    List<Entry> cold = list(many);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    Set<String> names = new HashSet<>();
    cold.forEach(entry -> names.add(entry.name()));
    assertThat(cold).hasSize(Specimen.MANY + 2);
    assertThat(names).hasSize(Specimen.MANY + 2).contains(".", "..", "entry-0", "entry-99999");
    assertThat(took).isLessThan(Duration.ofSeconds(20));
    assertThat(list(many)).as("from the kernel's cache").isEqualTo(cold);
  }

  @Test
  default void entriesSayWhatStatSays() {
    List<Entry> entries = list(root());
    assertThat(entries).extracting(Entry::name).contains(".", "..", "file", "fifo", "null");
    for (Entry entry : entries) {
      if (!entry.name().equals("..")) {
        Posix.Stat stat = Posix.stat(below(root(), entry.name()));
        assertThat(entry.inode()).as(entry.name()).isEqualTo(stat.inode());
        assertThat(entry.type()).as(entry.name()).isEqualTo(stat.mode() >>> 12);
      }
    }
  }

  @Test
  default void namesAreBytesOfAnyValueAndLength() {
    Path names = root().resolve("names");
    List<String> expected = new ArrayList<>(List.of(".", ".."));
    for (byte[] name : specimen().names) {
      expected.add(new String(name, StandardCharsets.ISO_8859_1));
      byte[] path = below(names, expected.getLast());
      int fd = Posix.open(path, Posix.O_RDONLY);
      assertThat(Posix.pread(fd, 0, 300)).isEqualTo(name);
      Posix.close(fd);
    }
    assertThat(list(names)).extracting(Entry::name).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  default void positionsLeadBackToTheSameEntries() {
    try (Directory directory = new Directory(root().resolve("many"))) {
      List<Long> positions = new ArrayList<>();
      List<@Nullable Entry> entries = new ArrayList<>();
      do {
        positions.add(directory.position());
        entries.add(directory.next());
      } while (entries.getLast() != null);
      Random random = new Random(11);
      for (int i = 0; i < 300; i++) {
        int at = i == 0 ? entries.size() - 1 : random.nextInt(entries.size());
        directory.seek(positions.get(at));
        assertThat(directory.next()).as("entry " + at).isEqualTo(entries.get(at));
      }
    }
  }

  @Test
  default void rewoundDirectoryBeginsAnew() {
    try (Directory directory = new Directory(root().resolve("names"))) {
      List<Entry> all = directory.rest();
      directory.rewind();
      assertThat(directory.rest()).isEqualTo(all);
      directory.rewind();
      directory.next();
      directory.next();
      directory.rewind();
      assertThat(directory.rest()).isEqualTo(all);
    }
  }

  @Test
  default void directoryIsListedWhileOthersLookItsEntriesUp() {
    Randomized.forSeeds(
        2,
        random -> {
          Path many = mount(specimenView(), "cold-" + random.nextInt()).point().resolve("many");
          try (Readers readers = new Readers()) {
            List<Future<?>> others = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
              int seed = random.nextInt();
              others.add(
                  readers.start(() -> {
                    Random own = new Random(seed);
                    for (int j = 0; j < 1000; j++) {
                      String name = "entry-" + own.nextInt(Specimen.MANY);
                      assertThat(Posix.stat(many + "/" + name).mode()).isEqualTo(0100644);
                    }
                  }));
            }
            List<Future<?>> lists = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
              lists.add(
                  readers.start(
                      () -> assertThat(new HashSet<>(list(many))).hasSize(Specimen.MANY + 2)));
            }
            Readers.await(others);
            Readers.await(lists);
          }
        });
  }
}
