package dev.sway.lazyfsd.walk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import dev.sway.lazyfsd.linux.DirectoryScan;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which directories are listed shows in how many there are and where the listing stops, since the
/// order of a folder on the disk is the disk's own.
class ReverseListingTest {
  @TempDir Path folder;
  private final Set<Long> walked = new HashSet<>();

  private Path directory(String path) throws IOException {
    return Files.createDirectories(folder.resolve(path));
  }

  private long listed(long most, String... top) throws IOException {
    try (DirectoryScan scan = DirectoryScan.of(folder)) {
      return new ReverseListing(scan, walked::contains, done -> done < most)
          .list(List.of(top).stream().map(ByteName::of).toList());
    }
  }

  @Test
  void allOfATreeIsListed() throws Exception {
    directory("a/x/deep/er");
    directory("a/y");
    directory("b");
    assertThat(listed(100)).as("the root too").isEqualTo(7);
    assertThat(listed(100, "a")).isEqualTo(5);
    assertThat(listed(100, "a", "x")).isEqualTo(3);
    assertThat(listed(100, "none")).as("nothing is there to be listed below it").isEqualTo(1);
  }

  @Test
  void itEndsWhereNobodyHasAUseForMore() throws Exception {
    directory("a/x");
    directory("b/y");
    assertThat(listed(2)).isEqualTo(2);
    assertThat(listed(0)).isZero();
  }

  @Test
  void itEndsWhereTheWalkIs() throws Exception {
    for (int i = 0; i < 10; i++) {
      directory("d" + i + "/inner");
    }
    // Whichever comes last: the walk has been there, so it was in all others.
    for (int i = 0; i < 10; i++) {
      walked.add(FileFacts.of(directory("d" + i)).inode());
    }
    assertThat(listed(100)).as("the root, the last one and what lies in it").isEqualTo(3);
  }

  @Test
  void pathsThatTheKernelDoesNotTakeAreLeftOut() throws Exception {
    String name = "n".repeat(200);
    Path deep = directory("top");
    for (int i = 0; i < 3; i++) {
      deep = Files.createDirectory(deep.resolve(name));
    }
    assertThat(listed(100, "top")).isEqualTo(4);
    String longest = String.join("/", Collections.nCopies(21, name));
    assertThat(listed(100, longest)).as("more than 4096 bytes").isZero();
  }
}
