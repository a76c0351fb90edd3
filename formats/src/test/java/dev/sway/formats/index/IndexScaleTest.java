package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerEntry;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An index opens in the same time whatever its size. Prints a table for each size; the largest is
/// `-Dsway.entries=N`, 100,000 unless told otherwise, and a million in `docs/performance.md`.
class IndexScaleTest {
  private static final int LARGEST = Integer.getInteger("sway.entries", 100_000);
  private static final int FOLDER = 1000;
  private static final int OPENS = 15;

  @TempDir private Path folder;

  private static ByteName name(String prefix, int number) {
    return ByteName.of(prefix + number);
  }

  private static Tree tree(int entries) throws IOException {
    EntryPath root = new EntryPath(List.of());
    List<LayerEntry> all = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      EntryPath parent = root.child(name("folder-", i / FOLDER));
      if (i % FOLDER == 0) {
        all.add(new LayerEntry.Directory(parent, Attributes.IMPLIED_DIRECTORY));
      }
      all.add(new LayerEntry.Fifo(parent.child(name("entry-", i)), Attributes.IMPLIED_DIRECTORY));
    }
    TreeBuilder builder = new TreeBuilder();
    builder.apply(
        new Layer(all, CompletableFuture.completedFuture(Digest.of(new byte[0]))), "synthetic");
    return builder.build();
  }

  /// The median time from a closed file in the page cache to the attributes of an entry, in
  /// milliseconds.
  private double openToFirstLookup(Path index, int entries) throws IOException {
    double[] times = new double[OPENS];
    for (int i = 0; i < OPENS; i++) {
      int wanted = (int) ((long) entries * i / OPENS);
      long began = System.nanoTime();
      try (IndexReader reader = IndexReader.open(index)) {
        InodeRecord found =
            reader.read(session -> {
              long parent = session.lookup(Tree.ROOT, name("folder-", wanted / FOLDER));
              return session.inode(session.lookup(parent, name("entry-", wanted)));
            });
        times[i] = (System.nanoTime() - began) / 1e6;
        assertThat(found).isNotNull();
      }
    }
    Arrays.sort(times);
    return times[OPENS / 2];
  }

  @Test
  void openingCostsTheSameWhateverTheSize() throws IOException {
    List<Double> medians = new ArrayList<>();
    System.out.println(
        "| entries | index | write | open to first lookup, median |\n|---|---|---|---|");
    for (int entries = Math.max(1, LARGEST / 100); entries <= LARGEST; entries *= 10) {
      Path index = folder.resolve("index-" + entries);
      Tree tree = tree(entries);
      long began = System.nanoTime();
      new IndexWriter().write(new IndexContent(tree, Map.of(), List.of(), List.of()), index);
      double seconds = (System.nanoTime() - began) / 1e9;
      // LMDB writes past the page cache; a worker has just fetched the file, or hashed it.
      try (InputStream in = Files.newInputStream(index)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      double median = openToFirstLookup(index, entries);
      medians.add(median);
      System.out.println(
          String.format(
              Locale.ROOT,
              "| %,d | %.1f MB | %.2f s | %.2f ms |",
              entries,
              Files.size(index) / 1e6,
              seconds,
              median));
      Files.delete(index);
    }
    // A hundred times the entries, and not three times the time; a busy machine is forgiven 5 ms.
    assertThat(medians.getLast()).isLessThan(3 * medians.getFirst() + 5);
  }
}
