package dev.sway.lazyfsd.guess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.index.Extent;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImagePaths;
import dev.sway.lazyfsd.view.IndexedImage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What begins to be read leads to what it needs, and to nothing else.
@Timeout(60)
class GuessesTest {
  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  /// Modules that import one another, each the next one.
  private static final int CHAIN = 60;

  @TempDir Path folder;
  private final AtomicBoolean wanted = new AtomicBoolean(true);
  private final FetchCounters counters = new FetchCounters();
  private TestImage.Built built;
  private FakeSource source;
  private IndexReader index;
  private ChunkCache chunks;
  private ImagePaths paths;
  private Guesses guesses;

  /// Programs and libraries of real life, and modules in a few folders.
  @BeforeEach
  void image() throws IOException {
    TestImage image =
        new TestImage(folder)
            .directory("/opt")
            .directory("/opt/lib")
            .file("/opt/lib/libnet.so", library("libnet.so"))
            .file("/opt/lib/libjava.so", library("libjava.so"))
            .file("/opt/lib/libzip.so", library("libzip.so"))
            .directory("/usr")
            .directory("/usr/bin")
            .symlink("/usr/bin/python3", "python3.11")
            .file("/usr/bin/python3.11", Files.readAllBytes(JAVA.resolve("bin/java")))
            .directory("/usr/lib")
            .directory("/usr/lib/python3.11")
            .file("/usr/lib/python3.11/site.py", "import os\n")
            .file("/usr/lib/python3.11/os.py", "import abc, sys\n")
            .file("/usr/lib/python3.11/abc.py", "abc = 1\n")
            .file("/usr/lib/python3.11/pickle.py", "pickle = 1\n")
            .directory("/usr/lib/python3")
            .directory("/usr/lib/python3/dist-packages")
            .directory("/usr/lib/python3/dist-packages/pkg")
            .file(
                "/usr/lib/python3/dist-packages/pkg/__init__.py",
                """
                from . import near
                from .deep.down import thing
                import pkg.itself
                def later():
                    import pickle
                """)
            .file("/usr/lib/python3/dist-packages/pkg/near.py", "from .native import x\n")
            .file("/usr/lib/python3/dist-packages/pkg/native.abi3.so", library("libzip.so"))
            .file("/usr/lib/python3/dist-packages/pkg/itself.py", "import pkg\n")
            .file("/usr/lib/python3/dist-packages/pkg/unused.py", "unused = 1\n")
            .directory("/usr/lib/python3/dist-packages/pkg/deep")
            .file("/usr/lib/python3/dist-packages/pkg/deep/__init__.py", "deep = 1\n")
            .file("/usr/lib/python3/dist-packages/pkg/deep/down.py", "from .. import near\n")
            .directory("/app")
            .file("/app/main.py", "import helper\n")
            .file("/app/helper.py", "helper = 1\n");
    split(image, "/opt/lib/libsplit.so", library("libnet.so"));
    for (int i = 0; i < CHAIN; i++) {
      image.file("/app/link%d.py".formatted(i), "import link%d\n".formatted(i + 1));
    }
    built = image.build();
    source = new FakeSource(built.pack());
    open();
  }

  private void open() throws IOException {
    index = built.open();
    chunks = new ChunkCache(new PackCache(folder.resolve("packs"), source), 8 << 20);
    paths = new ImagePaths(new IndexedImage(index, chunks, counters, 0));
    guesses = new Guesses(index, chunks, counters, wanted::get);
  }

  @AfterEach
  void close() throws IOException {
    guesses.close();
    chunks.close();
    index.close();
  }

  private static byte[] library(String name) throws IOException {
    return Files.readAllBytes(JAVA.resolve("lib").resolve(name));
  }

  /// A file in three chunks.
  private static void split(TestImage image, String path, byte[] content) {
    int third = content.length / 3;
    int second = image.chunk(Arrays.copyOfRange(content, third, 2 * third));
    image.file(
        path,
        content.length,
        List.of(
            new Extent(0, image.chunk(Arrays.copyOf(content, third)), 0, third),
            new Extent(third, second, 0, third),
            new Extent(
                2L * third,
                image.chunk(Arrays.copyOfRange(content, 2 * third, content.length)),
                0,
                content.length - 2 * third)));
  }

  private long inode(String path) throws IOException {
    return paths.find(path).map(InodeRecord::number).orElseThrow();
  }

  private boolean isHere(String path, long offset) {
    try {
      long inode = inode(path);
      return index.read(session -> {
        ExtentCursor extents = Objects.requireNonNull(session.extents(inode));
        assertThat(extents.seek(offset)).isTrue();
        return chunks.isInMemory(session.place(extents.chunk()));
      });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitHere(String... files) {
    for (String file : files) {
      while (!isHere(file, 0)) {
        Thread.onSpinWait();
      }
    }
  }

  private void begin(String path) throws IOException {
    begin(path, ServedFrom.SOURCE);
  }

  private void begin(String path, ServedFrom from) throws IOException {
    guesses.served(Served.read(inode(path), 0, 4096, 0, 1, 2, from));
  }

  @Test
  void aLibraryLeadsToThoseThatItNeeds() throws IOException {
    begin("/opt/lib/libnet.so");
    awaitHere("/opt/lib/libjava.so");
    guesses.close();
    assertThat(isHere("/opt/lib/libzip.so", 0)).as("nobody needs it").isFalse();
    assertThat(counters.snapshot().bytes()).as("counted where it is read").isPositive();
  }

  @Test
  void aProgramIsLoadedFromBothEnds() throws IOException {
    guesses.start(List.of("/opt/lib/libsplit.so"), Optional.empty());
    awaitHere("/opt/lib/libsplit.so", "/opt/lib/libjava.so");
    guesses.close();
    long size = Files.size(JAVA.resolve("lib/libnet.so"));
    assertThat(isHere("/opt/lib/libsplit.so", size - 1)).as("its end").isTrue();
  }

  @Test
  void aScriptLeadsToAllThatItImportsWhenItIsRun() throws IOException {
    guesses.start(
        List.of("/usr/bin/python3"), Optional.of("import pkg\n".getBytes(StandardCharsets.UTF_8)));
    String packages = "/usr/lib/python3/dist-packages/pkg/";
    awaitHere(
        "/usr/bin/python3.11",
        "/usr/lib/python3.11/site.py",
        "/usr/lib/python3.11/os.py",
        "/usr/lib/python3.11/abc.py",
        packages + "__init__.py",
        packages + "near.py",
        packages + "native.abi3.so",
        packages + "itself.py",
        packages + "deep/__init__.py",
        packages + "deep/down.py");
    guesses.close();
    assertThat(isHere("/usr/lib/python3.11/pickle.py", 0)).as("in a function").isFalse();
    assertThat(isHere(packages + "unused.py", 0)).isFalse();
  }

  @Test
  void whatIsFarIsGuessedToItsEnd() throws IOException {
    begin(link(0));
    awaitHere(link(CHAIN - 1));
  }

  /// Has the first `count` modules of the chain on the disk, and nothing in memory.
  private void onDisk(int count) throws IOException {
    IndexedImage view = new IndexedImage(index, chunks, counters, 0);
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < count; i++) {
        view.read(inode(link(i)), 0, arena.allocate(16));
      }
    }
    close();
    open();
  }

  private static String link(int number) {
    return "/app/link%d.py".formatted(number);
  }

  @Test
  void whereAllIsOnTheDiskNobodyGuessesForLong() throws IOException {
    onDisk(CHAIN);
    begin(link(0), ServedFrom.DISK);
    awaitHere(link(5));
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
    assertThat(isHere(link(CHAIN - 1), 0)).isFalse();
  }

  @Test
  void whatMustBeFetchedAfterAllIsGuessedAgain() throws IOException {
    int here = CHAIN / 2;
    onDisk(here);
    begin(link(0), ServedFrom.DISK);
    awaitHere(link(5));
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
    assertThat(isHere(link(here), 0)).as("it looked as if all were here").isFalse();
    // Some reads after which it does not; whichever of them finds that out goes on.
    for (int i = 0; i < 8; i++) {
      begin(link(here + i));
    }
    awaitHere(link(CHAIN - 1));
  }

  @Test
  void aProgramInTheImageLeadsToItsModules() throws IOException {
    begin("/app/main.py");
    awaitHere("/app/helper.py");
  }

  @Test
  void nothingIsGuessedWhereNobodyWantsIt() throws Exception {
    wanted.set(false);
    begin("/opt/lib/libnet.so");
    guesses.start(List.of("/usr/bin/python3"), Optional.empty());
    wanted.set(true);
    begin("/app/main.py");
    awaitHere("/app/helper.py");
    guesses.close();
    assertThat(isHere("/opt/lib/libjava.so", 0)).isFalse();
    assertThat(isHere("/usr/bin/python3.11", 0)).isFalse();
  }

  @Test
  void afterATrimFilesAreLookedAtAgain() throws IOException {
    source.failing(true);
    begin("/opt/lib/libnet.so");
    while (source.requests.isEmpty()) {
      Thread.onSpinWait();
    }
    wanted.set(false);
    guesses.trim();
    source.failing(false);
    wanted.set(true);
    begin("/opt/lib/libnet.so");
    awaitHere("/opt/lib/libjava.so");
  }

  @Test
  void whatCannotBeHadIsNoFailureOfTheMount() throws IOException {
    source.failing(true);
    begin("/opt/lib/libnet.so");
    while (source.requests.isEmpty()) {
      Thread.onSpinWait();
    }
    guesses.close();
    guesses.close();
    begin("/app/main.py");
    assertThat(counters.snapshot().failures()).isZero();
  }
}
