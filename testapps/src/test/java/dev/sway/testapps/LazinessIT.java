package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is not touched is not fetched.
@Timeout(300)
final class LazinessIT {
  private static final int LARGEST_CHUNK = 1 << 20;

  @Test
  void onlyWhatIsReadIsFetched(@TempDir Path folder) throws Exception {
    Requirements.runs();
    try (Sway sway = new Sway(folder)) {
      sway.startBlobd();
      Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
      TestImages.noise(tree.resolve("data/large"), 20_000_000, 9);
      sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), "app");
      try (CountingProxy proxy = new CountingProxy(sway.blobdUrl())) {
        Path point = folder.resolve("point");
        Child mount = sway.mountFrom(proxy.url(), "app", point, "state");
        Shell.bash(
            point, "find . -ls >/dev/null; getfattr -R -d -m - . >/dev/null; df . >/dev/null");
        assertThat(proxy.rangeRequests()).as("walking and stat of the whole tree").isZero();

        Shell.bash(point, "head -c 4096 data/large >/dev/null");
        assertThat(proxy.rangeRequests()).as("4 KiB of a large file").isEqualTo(1);
        assertThat(proxy.rangeBytes()).isLessThanOrEqualTo(LARGEST_CHUNK);

        Shell.bash(point, "head -c 4096 data/large; head -c 100 data/large");
        assertThat(proxy.rangeRequests()).as("the same again").isEqualTo(1);

        Shell.bash(point, "cat etc/passwd etc/group data/small data/empty");
        assertThat(proxy.rangeRequests()).as("small neighbours").isLessThanOrEqualTo(3);
        Sway.end(mount);

        long before = proxy.rangeRequests();
        Child again = sway.mountFrom(proxy.url(), "app", point, "state");
        Shell.bash(point, "head -c 4096 data/large; cat etc/passwd");
        assertThat(proxy.rangeRequests()).as("after a restart").isEqualTo(before);
        Sway.end(again);
      }
    }
  }

  @Test
  void runReportsWhatItFetched(@TempDir Path folder) throws Exception {
    Requirements.runs();
    try (Sway sway = Sway.started(folder)) {
      Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
      TestImages.noise(tree.resolve("data/large"), 20_000_000, 9);
      sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), "app");
      Sway.Measured cold = sway.measuredSh("app", 0, "true");
      assertThat(cold.result().coldMount()).isTrue();
      assertThat(cold.result().imagePackBytes()).isGreaterThan(20_000_000);
      assertThat(cold.result().fetchedBytes()).isBetween(1L, 4_000_000L);
      Sway.Measured warm = sway.measuredSh("app", 0, "true");
      assertThat(warm.result().coldMount()).isFalse();
      assertThat(warm.result().fetchedBytes()).isZero();
      assertThat(warm.result().rangeRequests()).isZero();
    }
  }
}
