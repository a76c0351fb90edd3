package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Processes that read from a mount again and again, past the page cache, and check what they get.
/// For one thread.
///
/// @param all of them
/// @param end the file that ends them once it is there
record MountReaders(List<Child> all, Path end) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Reads files past the page cache and asks for names that are not there, until there is a file
  /// `stop`: each of it is a question to the worker. Says what went wrong, and how often it has
  /// read.
  private static final String READER =
      """
      set -u
      mount=$1 sums=$2 stop=$3
      mapfile -t lines <"$sums"
      reads=0
      while [ ! -e "$stop" ]; do
        line=${lines[RANDOM % ${#lines[@]}]}
        file=${line#*  }
        sum=$(dd if="$mount/$file" iflag=direct bs=64k status=none 2>"$stop.$$" | sha256sum)
        said=$(<"$stop.$$")
        [ "${sum%% *}" = "${line%% *}" ] && [ -z "$said" ] || echo "wrong: $file $said"
        [ ! -e "$mount/no-$RANDOM-$RANDOM" ] || echo "a name is there that is not"
        reads=$((reads + 1))
      done
      echo "reads: $reads"
      """;

  /// Exports an image with files of many sizes that readers can check.
  static void export(Sway sway, String name) throws IOException, InterruptedException {
    Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
    for (int i = 0; i < 12; i++) {
      TestImages.noise(tree.resolve("data/n" + i), 1 << (10 + i), i);
    }
    Shell.bash(tree, "sha256sum data/n* >../sums");
    sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), name);
  }

  /// Starts `count` readers of that image's mount.
  static MountReaders start(Sway sway, Path mount, int count) throws IOException {
    Path end = sway.folder().resolve("stop");
    List<Child> readers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readers.add(
          Child.start(
              new ProcessBuilder(
                  "bash",
                  "-c",
                  READER,
                  "reader",
                  mount.toString(),
                  sway.images().resolve("sums").toString(),
                  end.toString())));
    }
    return new MountReaders(List.copyOf(readers), end);
  }

  /// Has them end.
  void stop() throws IOException {
    Files.createFile(end);
  }

  /// How often they have read, once they have ended; none must have got anything wrong.
  int reads(String what) throws InterruptedException {
    int reads = 0;
    for (Child reader : all) {
      String said = reader.await(PATIENCE).expect(0).out();
      assertThat(said).as(what).matches("reads: [1-9][0-9]*\n");
      reads += Integer.parseInt(said.strip().substring("reads: ".length()));
    }
    return reads;
  }
}
