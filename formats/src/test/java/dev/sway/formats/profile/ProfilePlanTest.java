package dev.sway.formats.profile;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.StoredImage;
import dev.sway.formats.fixture.Traces;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.TracePath;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What profiles mean for images that they were, and were not, learnt on.
class ProfilePlanTest {
  private static final Digest NEW = Digest.of(new byte[] {2});
  private static final int REGULAR = 0x8000;

  @TempDir private Path folder;

  private IndexReader index(byte[] tar) throws IOException {
    StoredImage image = StoredImage.ofTar(tar, 1, folder);
    int size = (int) image.read().index().contentSize();
    return IndexReader.open(
        Files.write(
            Files.createTempFile(folder, "index", ".mdb"), Zstd.decompress(image.index(), size)));
  }

  private static Profile profile(List<ProfiledPath> paths) {
    return new Profile(
        Traces.MANIFEST, Traces.COMMAND, List.of("x"), 5, Instant.EPOCH, true, paths);
  }

  private static ProfiledPath path(String path, long hint, ProfileRange... ranges) {
    return new ProfiledPath(path, hint, List.of(ranges), 0, 4, 1);
  }

  /// Every path of an image, found by listing its directories.
  private static Map<String, Long> listing(IndexSession session) throws IOException {
    Map<String, Long> paths = new TreeMap<>();
    list(session, 1, new ArrayList<>(), paths);
    return paths;
  }

  private static void list(
      IndexSession session, long directory, List<ByteName> names, Map<String, Long> paths)
      throws IOException {
    paths.put(TracePath.of(names), directory);
    List<ByteName> children = new ArrayList<>();
    session.entries(directory, (name, _, _) -> children.add(name));
    for (ByteName child : children) {
      List<ByteName> path = new ArrayList<>(names);
      path.add(child);
      list(session, session.lookup(directory, child), path, paths);
    }
  }

  private static List<ProfiledPath> randomPaths(Random random, List<String> known) {
    List<ProfiledPath> paths = new ArrayList<>();
    for (String path : known) {
      ProfileRange[] ranges =
          random.nextBoolean()
              ? new ProfileRange[] {new ProfileRange(0, 4096), new ProfileRange(8192, 4096)}
              : new ProfileRange[] {new ProfileRange(random.nextInt(3) * 4096L, 1 << 20)};
      paths.add(path(path, random.nextInt(50), ranges));
      if (random.nextInt(4) == 0) {
        paths.add(path(TracePath.child(path, ByteName.of("gone-%\n")), 3, ranges));
      }
    }
    return paths;
  }

  @Test
  void plansOfRandomTreesAreWhatTheirIndexSays() {
    Randomized.forSeeds(
        60,
        random -> {
          try (IndexReader index = index(RandomTree.of(random, 1 + random.nextInt(60)).tar())) {
            index.read(session -> {
              Map<String, Long> tree = listing(session);
              List<String> known = new ArrayList<>(tree.keySet());
              Collections.shuffle(known, random);
              Profile profile = profile(randomPaths(random, known));
              assertThat(ProfilePlan.of(profile, session))
                  .isEqualTo(expected(profile, tree, session));
              assertCarried(profile, tree, session, ProfileCarryOver.carry(profile, index, NEW));
              return true;
            });
          }
        });
  }

  private static ProfilePlan expected(Profile profile, Map<String, Long> tree, IndexSession session)
      throws IOException {
    List<PlannedPath> paths = new ArrayList<>();
    for (ProfiledPath path : profile.paths()) {
      String folder = path.path().substring(0, path.path().lastIndexOf('/'));
      long parent = tree.getOrDefault(folder.isEmpty() ? "/" : folder, 0L);
      if (!is(FileType.DIRECTORY, parent, session)) {
        continue;
      }
      long inode = tree.getOrDefault(path.path(), 0L);
      paths.add(
          new PlannedPath(
              TracePath.names(path.path()),
              inode,
              clipped(path, inode, session),
              size(inode, session),
              isListed(path, inode, session),
              is(FileType.SYMLINK, inode, session)));
    }
    return new ProfilePlan(paths);
  }

  private static List<ProfileRange> clipped(ProfiledPath path, long inode, IndexSession session)
      throws IOException {
    List<ProfileRange> ranges = new ArrayList<>();
    for (ProfileRange range : path.ranges()) {
      long end = Math.min(range.end(), size(inode, session));
      if (end > range.offset()) {
        ranges.add(new ProfileRange(range.offset(), end - range.offset()));
      }
    }
    return ranges;
  }

  private static long size(long inode, IndexSession session) throws IOException {
    InodeRecord record = inode == 0 ? null : session.inode(inode);
    return record != null && (record.mode() & 0xf000) == REGULAR ? record.size() : 0;
  }

  private static boolean isListed(ProfiledPath path, long inode, IndexSession session)
      throws IOException {
    return !path.ranges().isEmpty() && is(FileType.DIRECTORY, inode, session);
  }

  private static boolean is(FileType type, long inode, IndexSession session) throws IOException {
    InodeRecord record = inode == 0 ? null : session.inode(inode);
    return record != null && FileType.ofMode(record.mode()).orElse(null) == type;
  }

  private static void assertCarried(
      Profile before, Map<String, Long> tree, IndexSession session, Profile after)
      throws IOException {
    assertThat(after.manifest()).isEqualTo(NEW);
    assertThat(after.command()).isEqualTo(before.command());
    assertThat(after.runs()).isEqualTo(1);
    assertThat(after.pinned()).isFalse();
    assertThat(after.paths()).hasSameSizeAs(before.paths());
    for (int i = 0; i < after.paths().size(); i++) {
      ProfiledPath old = before.paths().get(i);
      long inode = tree.getOrDefault(old.path(), 0L);
      assertThat(after.paths().get(i))
          .isEqualTo(
              new ProfiledPath(
                  old.path(),
                  inode,
                  isListed(old, inode, session)
                      ? List.of(new ProfileRange(0, 4096))
                      : clipped(old, inode, session),
                  old.firstMicros(),
                  1,
                  1));
    }
    assertThat(ProfileReader.read(ProfileWriter.write(after), "p")).isEqualTo(after);
  }

  @Test
  void symbolicLinksAreNotFollowedAndHintsNotBelieved() throws IOException {
    byte[] tar =
        new RawTar()
            .file("d/f", "content")
            .add(RawTar.header("link", '2').link("d"))
            .add(RawTar.header("file-link", '2').link("d/f"))
            .end();
    try (IndexReader index = index(tar)) {
      index.read(session -> {
        long file = session.lookup(session.lookup(1, ByteName.of("d")), ByteName.of("f"));
        ProfileRange range = new ProfileRange(0, 4096);
        ProfilePlan plan =
            ProfilePlan.of(
                profile(
                    List.of(
                        path("/link/f", file, range),
                        path("/d/f/g", file, range),
                        path("/nothing", file, range),
                        path("/file-link", file, range),
                        path("/d/f", 99, range))),
                session);
        assertThat(plan.paths().stream().map(path -> TracePath.of(path.names())))
            .as("whoever looks up the others is led elsewhere")
            .containsExactly("/nothing", "/file-link", "/d/f");
        assertThat(plan.paths().stream().map(PlannedPath::inode))
            .containsExactly(0L, session.lookup(1, ByteName.of("file-link")), file);
        assertThat(plan.paths().get(1).ranges()).isEmpty();
        assertThat(plan.paths().get(2).ranges()).containsExactly(new ProfileRange(0, 7));
        return Objects.requireNonNull(session.inode(file)).size();
      });
    }
  }

  @Test
  void aCarriedPathThatIsNotSeenLeavesAndOneThatIsGrowsAgain() throws IOException {
    try (IndexReader index = index(new RawTar().file("f", "0123456789").end())) {
      Profile before = profile(List.of(path("/f", 9, new ProfileRange(0, 8192)), path("/g", 8)));
      Profile carried = ProfileCarryOver.carry(before, index, Traces.MANIFEST);

      assertThat(carried.paths().getFirst().ranges()).containsExactly(new ProfileRange(0, 10));
      assertThat(carried.paths().getLast().inode()).isZero();
      Profile learnt =
          ProfileLearner.learn(
              java.util.Optional.of(carried),
              new dev.sway.formats.trace.Trace(
                  Traces.header(), List.of(Traces.read(1, "/f", 8192, 1))));
      assertThat(learnt.paths().getFirst().ranges())
          .containsExactly(new ProfileRange(0, 4096), new ProfileRange(8192, 4096));
      assertThat(learnt.paths().getLast().missing()).isEqualTo(2);
    }
  }
}
