package dev.sway.lazyfsd.walk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.trace.Operation;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Transports;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.linux.DirectoryScan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Walks of a mounted tree of a thousand directories.
@Timeout(120)
class WalksIT {
  private static final int OUTER = 40;
  private static final int INNER = 25;

  @TempDir Path folder;
  private final List<String> directories = new ArrayList<>();

  /// Which threads asked for each directory.
  private final Map<Long, Set<Integer>> askers = new ConcurrentHashMap<>();

  /// Threads that are to count as ones that bring ahead.
  private final Set<Integer> prefetching = ConcurrentHashMap.newKeySet();

  private FixedView fixed;
  private Walks walks;
  private FuseMount mount;

  @BeforeEach
  void mount() throws IOException {
    Needs.rootAndFuse();
    Needs.twoProcessors();
    TestImage image = new TestImage(Files.createDirectory(folder.resolve("image")));
    directories.add("");
    for (int i = 0; i < OUTER; i++) {
      String outer = "d%02d".formatted(i);
      image.directory("/" + outer);
      directories.add(outer);
      for (int k = 0; k < INNER; k++) {
        String inner = outer + "/e%02d".formatted(k);
        image.directory("/" + inner).file("/" + inner + "/file", "content");
        directories.add(inner);
      }
    }
    fixed = new FixedView(image, folder);
    Path point = Files.createDirectory(folder.resolve("mount"));
    walks = new Walks(fixed.view(), point, thread -> prefetching.contains(thread));
    AccessSink noted =
        request -> {
          if (request.operation() == Operation.READDIR) {
            askers
                .computeIfAbsent(request.inode(), _ -> ConcurrentHashMap.newKeySet())
                .add(request.thread());
          }
        };
    mount = Transports.KERNEL.load().mount(fixed.view(), noted.andThen(walks), point, "sway:walks");
  }

  @AfterEach
  void unmount() throws IOException {
    if (mount != null) {
      walks.close();
      mount.close();
      fixed.close();
    }
  }

  /// Lists directories one after another, none of them at once.
  private void list(List<String> paths) throws IOException {
    try (DirectoryScan scan = DirectoryScan.of(mount.point())) {
      for (String path : paths) {
        scan.list(path.getBytes(StandardCharsets.UTF_8), () -> true, (_, _) -> {});
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      }
    }
  }

  private static int thread() throws IOException {
    return Integer.parseInt(
        Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
  }

  private long others() throws IOException {
    int own = thread();
    return askers.values().stream().filter(threads -> !threads.contains(own)).count();
  }

  @Test
  void ofAWalkTheOtherHalfIsListedMeanwhile() throws Exception {
    list(directories);
    assertThat(askers).as("all are asked for once").hasSize(directories.size());
    assertThat(others()).isGreaterThan(directories.size() / 3);
    assertThat(askers.values().stream().filter(threads -> threads.size() > 1).count())
        .as("only where the two meet")
        .isLessThan(20);
    walks.close();
    assertThat(walks.helped()).as("traces say so").isPositive();
  }

  @Test
  void whatIsNoWalkIsNotHelped() throws Exception {
    List<String> mixed = new ArrayList<>(directories);
    Collections.shuffle(mixed, new Random(3));
    list(mixed.subList(0, 200));
    assertThat(others()).isZero();
  }

  @Test
  void whatIsBroughtAheadIsNoWalk() throws Exception {
    prefetching.add(thread());
    list(directories.subList(0, 200));
    assertThat(others()).isZero();
  }

  @Test
  void helpIsNotFarAheadOfWhoPauses() throws Exception {
    list(directories.subList(0, Walks.ENOUGH));
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    long helped = askers.size();
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    assertThat(askers).hasSize((int) helped).hasSizeLessThan(directories.size());
  }

  @Test
  void mountThatIsClosedInTheMiddleHasNoHelpLeft() throws Exception {
    list(directories.subList(0, Walks.ENOUGH));
    while (askers.size() == Walks.ENOUGH) {
      list(directories.subList(Walks.ENOUGH, Walks.ENOUGH + 1));
    }
    walks.close();
    mount.close();
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("prefetch-walk")))
        .isEmpty();
    assertThat(mount.point()).isEmptyDirectory();
  }
}
