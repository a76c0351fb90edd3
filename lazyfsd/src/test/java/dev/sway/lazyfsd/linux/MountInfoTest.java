package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountInfoTest {
  private static final String TABLE =
      """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      23 22 8:2 / /state rw,relatime shared:1 master:2 - ext4 /dev/sda2 rw
      24 23 0:40 / /state/runs/a/rootfs rw - overlay sway-run rw,lowerdir=/x
      25 23 0:41 / /state/runs/with\\040space\\134and\\011tab rw - tmpfs sway-run rw
      26 23 0:42 / /state/runs2 rw - tmpfs x rw
      27 22 0:43 / /mnt/\u00ff\u00fe rw - tmpfs x rw
      short line
      28 23 0:44 / /state/runs/no-separator rw tmpfs x rw
      """;

  private static List<String> below(String folder) {
    return MountInfo.parse(TABLE, Path.of(folder)).stream()
        .map(mount ->
            mount.device() + " " + mount.point() + " " + mount.type() + " " + mount.source())
        .toList();
  }

  @Test
  void latestComesFirstAndEscapesAreUndone() {
    assertThat(below("/state/runs"))
        .containsExactly(
            "41 /state/runs/with space\\and\ttab tmpfs sway-run",
            "40 /state/runs/a/rootfs overlay sway-run");
  }

  @Test
  void folderItselfAndItsNamesakesAreNotBelowIt() {
    assertThat(below("/state"))
        .doesNotContain("2 /state ext4 /dev/sda2")
        .containsOnlyOnce("42 /state/runs2 tmpfs x")
        .hasSize(3);
    assertThat(below("/state/runs2")).isEmpty();
    assertThat(below("/nowhere")).isEmpty();
  }
}
