package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerEntry;
import dev.sway.formats.tree.Tree;
import dev.sway.formats.tree.TreeBuilder;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Reading of directories goes on anywhere.
class DirectoryPositionTest {
  private static final EntryPath ROOT = new EntryPath(List.of());

  @TempDir private Path folder;

  private record Entry(ByteName name, long inode) {}

  private static Attributes attributes(int size) {
    return new Attributes(0644, size, 0, 0, 0, Collections.emptySortedMap());
  }

  private static void add(List<LayerEntry> to, EntryPath parent, int count, Random random) {
    for (int i = 0; i < count; i++) {
      to.add(
          new LayerEntry.Fifo(
              parent.child(ByteName.of("entry-" + random.nextInt(1 << 20) + "-" + i)),
              attributes(i)));
    }
  }

  private static Tree tree(List<LayerEntry> entries) throws IOException {
    TreeBuilder builder = new TreeBuilder();
    builder.apply(
        new Layer(entries, CompletableFuture.completedFuture(Digest.of(new byte[0]))), "random");
    return builder.build();
  }

  /// Three directories, some of whose entries are hard links to what is in others.
  private static Tree tree(Random random) throws IOException {
    List<LayerEntry> entries = new ArrayList<>();
    List<LayerEntry> links = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      EntryPath directory = ROOT.child(ByteName.of(name));
      entries.add(new LayerEntry.Directory(directory, Attributes.IMPLIED_DIRECTORY));
      int first = entries.size();
      add(entries, directory, random.nextInt(200), random);
      for (int i = 0; entries.size() > first && i < random.nextInt(100); i++) {
        EntryPath target = entries.get(first + random.nextInt(entries.size() - first)).path();
        EntryPath at = ROOT.child(ByteName.of(random.nextBoolean() ? "a" : "c"));
        links.add(
            new LayerEntry.HardLink(
                at.child(ByteName.of("entry-" + random.nextInt(10) + name + i)), target));
      }
    }
    entries.addAll(links);
    return tree(entries);
  }

  private Path write(Tree tree) throws IOException {
    Path path = folder.resolve("index");
    Files.deleteIfExists(path);
    new IndexWriter().write(new IndexContent(tree, Map.of(), List.of(), List.of()), path);
    return path;
  }

  private static ByteName copy(MemorySegment name) {
    return ByteName.of(name.toArray(ValueLayout.JAVA_BYTE));
  }

  private static List<Entry> expected(TreeInode directory) {
    List<Entry> expected = new ArrayList<>();
    directory.children().forEach((name, child) -> expected.add(new Entry(name, child.number())));
    return expected;
  }

  /// At most `limit` entries from `position` on, with or without attributes.
  private static List<Entry> page(
      IndexSession session, long directory, long position, int limit, boolean plus)
      throws IOException {
    List<Entry> page = new ArrayList<>();
    if (plus) {
      session.entriesPlus(
          directory,
          position,
          (name, inode, next) -> {
            assertThat(next).isEqualTo(position + page.size() + 1);
            page.add(new Entry(copy(name), inode.number()));
            return page.size() < limit;
          });
    } else {
      session.entries(
          directory,
          position,
          (name, inode, _, next) -> {
            assertThat(next).isEqualTo(position + page.size() + 1);
            page.add(new Entry(copy(name), inode));
            return page.size() < limit;
          });
    }
    return page;
  }

  @Test
  void readingGoesOnAtAnyPositionWithAndWithoutWhatWasReadBefore() {
    Randomized.forSeeds(
        30,
        random -> {
          Tree tree = tree(random);
          try (IndexReader used = IndexReader.open(write(tree))) {
            for (TreeInode directory : tree.root().children().values()) {
              List<Entry> all = expected(directory);
              for (int i = 0; i < 50; i++) {
                int from = random.nextInt(all.size() + 3);
                int limit = 1 + random.nextInt(all.size() + 1);
                List<Entry> wanted =
                    all.subList(Math.min(from, all.size()), Math.min(from + limit, all.size()));
                List<Entry> found =
                    used.read(session ->
                        page(session, directory.number(), from, limit, random.nextBoolean()));
                assertThat(found).as("%d+%d", from, limit).isEqualTo(wanted);
              }
            }
          }
        });
  }

  @Test
  void attributesAreThoseOfTheInode() throws IOException {
    Tree tree = tree(new Random(5));
    try (IndexReader reader = IndexReader.open(write(tree))) {
      reader.read(session -> {
        for (TreeInode directory : tree.root().children().values()) {
          List<InodeRecord> found = new ArrayList<>();
          session.entriesPlus(directory.number(), 0, (_, inode, _) -> found.add(inode));
          assertThat(found).hasSameSizeAs(directory.children().values());
          for (InodeRecord inode : found) {
            assertThat(inode).isEqualTo(session.inode(inode.number()));
          }
        }
        return true;
      });
    }
  }

  @Test
  void readingOfALargeDirectoryInPagesPassesEachEntryAFewTimes() throws IOException {
    List<LayerEntry> entries = new ArrayList<>();
    add(entries, ROOT, 20_000, new Random(7));
    Tree tree = tree(entries);
    List<Entry> all = expected(tree.root());
    try (IndexReader reader = IndexReader.open(write(tree))) {
      List<Entry> found = new ArrayList<>();
      for (boolean more = true; more; ) {
        int before = found.size();
        found.addAll(reader.read(session -> page(session, Tree.ROOT, before, 23, true)));
        more = found.size() > before;
      }
      assertThat(found).isEqualTo(all);
      for (long position : new long[] {DirectoryMarks.STEP, 5000, 10_000, all.size() - 1}) {
        DirectoryMarks.Mark mark =
            Objects.requireNonNull(reader.marks().before(Tree.ROOT, position));
        assertThat(position - mark.position()).isBetween(0L, DirectoryMarks.STEP - 1L);
      }
    }
  }

  @Test
  void marksThatWereDisplacedAreMissedByNobody() {
    DirectoryMarks marks = new DirectoryMarks();
    long entries = 10_000L * DirectoryMarks.STEP;
    for (long i = 0; i <= entries; i++) {
      marks.passed(3, i, MemorySegment.ofArray(new byte[] {(byte) i}));
    }
    assertThat(Objects.requireNonNull(marks.before(3, entries)).position()).isEqualTo(entries);
    assertThat(marks.before(3, 1000)).isNull();
    assertThat(marks.before(4, entries)).isNull();
    assertThat(marks.before(3, DirectoryMarks.STEP - 1)).isNull();
  }

  @Test
  void namesAreFoundInNativeMemoryAndOnTheHeap() throws IOException {
    Tree tree = tree(new Random(9));
    long a = Objects.requireNonNull(tree.root().children().get(ByteName.of("a"))).number();
    try (IndexReader reader = IndexReader.open(write(tree))) {
      reader.read(session -> {
        MemorySegment heap = MemorySegment.ofArray(new byte[] {'x', 'a', 'y'});
        assertThat(session.lookup(Tree.ROOT, heap.asSlice(1, 1))).isEqualTo(a);
        MemorySegment own = Arena.ofAuto().allocate(3).copyFrom(heap);
        assertThat(session.lookup(Tree.ROOT, own.asSlice(1, 1))).isEqualTo(a);
        assertThat(session.lookup(Tree.ROOT, own)).isZero();
        assertThat(session.lookup(Tree.ROOT, own.asSlice(0, 0))).isZero();
        assertThat(session.lookup(Tree.ROOT, MemorySegment.ofArray(new byte[256]))).isZero();
        return true;
      });
    }
  }

  @Test
  void visitorsThatReadAnotherDirectoryInTheSameSessionAreRefused() throws IOException {
    Tree tree = tree(new Random(11));
    try (IndexReader reader = IndexReader.open(write(tree))) {
      reader.read(session -> {
        assertThatThrownBy(() ->
                session.entries(
                    Tree.ROOT,
                    0,
                    (_, inode, _, _) -> {
                      try {
                        return page(session, inode, 0, 1, false).isEmpty();
                      } catch (IOException e) {
                        throw new AssertionError(e);
                      }
                    }))
            .isInstanceOf(IllegalStateException.class);
        assertThat(page(session, Tree.ROOT, 0, 9, false)).hasSize(3);
        assertThatThrownBy(() -> page(session, Tree.ROOT, -1, 9, false))
            .isInstanceOf(IllegalArgumentException.class);
        return true;
      });
    }
  }
}
