package dev.sway.formats.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.Traces;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProfileLearnerTest {
  private static final PrefetchSummary PREFETCHED =
      new PrefetchSummary("overlap", "sha256:x", "worker", 3, 1, 1, 1, "done");
  private static final PrefetchSummary NONE = PrefetchSummary.none("off");

  private static Trace complete(Access... accesses) {
    return new Trace(Traces.header(), List.of(accesses));
  }

  private static Trace prefetched(Access... accesses) {
    return new Trace(Traces.header(true, 0, PREFETCHED), List.of(accesses));
  }

  private static Profile learn(Trace... traces) {
    Optional<Profile> profile = Optional.empty();
    for (Trace trace : traces) {
      profile = Optional.of(ProfileLearner.learn(profile, trace));
    }
    return profile.orElseThrow();
  }

  private static Access of(Operation operation, long micros, String path, boolean failed) {
    return new Access(micros, operation, 0, path, 0, 0, 1, "p", 9, ServedFrom.INDEX, failed);
  }

  private static List<String> paths(Profile profile) {
    return profile.paths().stream().map(ProfiledPath::path).toList();
  }

  @Test
  void readsAreRoundedOutMergedAndOrderedByFirstUse() {
    Profile profile =
        learn(
            complete(
                Traces.read(50, "/b", 4096, 1),
                Traces.read(-3, "/a", 100_000, 5),
                Traces.read(60, "/b", 0, 4096),
                Traces.read(70, "/b", 20_480, 4097),
                Traces.read(80, "/b", 12_288, 0)));

    assertThat(profile.runs()).isEqualTo(1);
    assertThat(profile.manifest()).isEqualTo(Traces.MANIFEST);
    assertThat(profile.updated()).isEqualTo(Traces.header().started());
    assertThat(profile.paths())
        .containsExactly(
            new ProfiledPath("/a", 7, List.of(new ProfileRange(98_304, 4096)), -3, 1, 0),
            new ProfiledPath(
                "/b",
                7,
                List.of(new ProfileRange(0, 8192), new ProfileRange(20_480, 8192)),
                50,
                1,
                0));
  }

  @Test
  void directoriesThatAreListedAreToldFromThoseOfWhichTheNameIsAsked() {
    Profile profile =
        learn(
            complete(
                of(Operation.LOOKUP, 1, "/named", false),
                of(Operation.READDIR, 2, "/listed", false),
                of(Operation.READDIR, 3, "/listed", false),
                of(Operation.READDIR, 4, "/not", true)));
    assertThat(profile.paths())
        .containsExactly(
            new ProfiledPath("/named", 0, List.of(), 1, 1, 0),
            new ProfiledPath("/listed", 0, List.of(new ProfileRange(0, 4096)), 2, 1, 0));
  }

  @Test
  void failedAccessesAreNotLearntButNamesOfNothingAre() {
    Profile profile =
        learn(
            complete(
                of(Operation.LOOKUP, 5, "/nothing", false),
                of(Operation.READ, 6, "/broken", true),
                of(Operation.READ, 6, "no path", false)));

    assertThat(profile.paths())
        .containsExactly(new ProfiledPath("/nothing", 0, List.of(), 5, 1, 0));
  }

  @Test
  void aRunWithAPrefetchTeachesNoNamesOfNothingAndThatWhatWasBroughtIsAskedFor() {
    Profile profile =
        learn(
            complete(Traces.read(1, "/a", 0, 1)),
            prefetched(of(Operation.LOOKUP, 5, "/tmp/x1", false), Traces.read(6, "/b", 0, 1)));

    assertThat(paths(profile)).containsExactly("/a", "/b");
    assertThat(profile.paths()).extracting(ProfiledPath::runs).containsExactly(2, 1);
  }

  @Test
  void aPathThatIsMissingInThreeCompleteRunsInARowLeaves() {
    Trace both = complete(Traces.read(1, "/a", 0, 1), Traces.read(2, "/b", 0, 1));
    Trace one = complete(Traces.read(1, "/a", 0, 1));

    assertThat(paths(learn(both, one, one))).containsExactly("/a", "/b");
    assertThat(learn(both, one, one).paths().getLast().missing()).isEqualTo(2);
    assertThat(paths(learn(both, one, one, one))).containsExactly("/a");
    assertThat(paths(learn(both, one, one, both, one, one))).containsExactly("/a", "/b");
  }

  @Test
  void aRunWithAPrefetchOnlyAdds() {
    Trace first = complete(Traces.read(10, "/a", 0, 1));
    Trace more = prefetched(Traces.read(5, "/b", 0, 1), Traces.read(3, "/a", 8192, 1));

    Profile profile = learn(first, more, more, more, more);

    assertThat(profile.runs()).isEqualTo(5);
    assertThat(profile.paths())
        .containsExactly(
            new ProfiledPath(
                "/a", 7, List.of(new ProfileRange(0, 4096), new ProfileRange(8192, 4096)), 3, 5, 0),
            new ProfiledPath("/b", 7, List.of(new ProfileRange(0, 4096)), 5, 4, 0));
    Profile known = learn(first);
    assertThat(ProfileLearner.learn(Optional.of(known), prefetched())).isSameAs(known);
  }

  @Test
  void warmRunsAndThoseWhoseTraceLostSomethingAgeNothing() {
    TraceHeader header = Traces.header();
    TraceHeader lossy =
        new TraceHeader(
            header.run(),
            header.image(),
            header.manifest(),
            header.command(),
            header.args(),
            header.started(),
            true,
            0,
            1,
            0,
            0,
            0,
            header.prefetch(),
            header.marks());
    List<Access> other = List.of(Traces.read(1, "/b", 0, 1));
    for (TraceHeader incomplete : List.of(lossy, Traces.header(false, 0, NONE))) {
      Trace trace = new Trace(incomplete, other);
      Profile profile = learn(complete(Traces.read(1, "/a", 0, 1)), trace, trace, trace, trace);
      assertThat(paths(profile)).containsExactly("/a", "/b");
      assertThat(profile.paths().getFirst().missing()).isZero();
    }
  }

  @Test
  void aRunThatDidNotEndByItselfTeachesNothing() {
    Trace failed = new Trace(Traces.header(true, -1, NONE), List.of(Traces.read(1, "/b", 0, 1)));
    Profile known = learn(complete(Traces.read(1, "/a", 0, 1)));

    assertThat(ProfileLearner.learn(Optional.of(known), failed)).isSameAs(known);
    assertThat(learn(failed).runs()).isZero();
    assertThat(learn(failed).paths()).isEmpty();
  }

  private static Trace stopped(long runningMicros) {
    TraceHeader header = Traces.header(true, -1, NONE);
    Map<Mark, Long> marks = new EnumMap<>(header.marks());
    marks.put(Mark.CONTAINER_STARTED, 90_000L);
    marks.put(Mark.EXITED, 90_000 + runningMicros);
    return new Trace(
        new TraceHeader(
            header.run(),
            header.image(),
            header.manifest(),
            header.command(),
            header.args(),
            header.started(),
            true,
            -1,
            0,
            0,
            0,
            0,
            header.prefetch(),
            marks),
        List.of(Traces.read(1, "/b", 0, 1)));
  }

  @Test
  void aServiceThatIsStoppedLongAfterItsStartTeachesWhatItAsksFor() {
    Trace trace = stopped(10_000_000);
    assertThat(paths(learn(trace))).containsExactly("/b");
    Profile known = learn(complete(Traces.read(1, "/a", 0, 1)));
    Profile after = ProfileLearner.learn(Optional.of(known), trace);
    assertThat(paths(after)).containsExactlyInAnyOrder("/a", "/b");
    assertThat(after.paths()).allMatch(path -> path.missing() == 0);

    Trace early = stopped(9_999_999);
    assertThat(learn(early).runs()).isZero();
    assertThat(ProfileLearner.learn(Optional.of(known), early)).isSameAs(known);
  }

  @Test
  void aPinnedProfileIsNeverChanged() {
    Profile known = learn(complete(Traces.read(1, "/a", 0, 1)));
    Profile pinned =
        new Profile(
            known.manifest(),
            known.command(),
            known.args(),
            1,
            known.updated(),
            true,
            known.paths());

    assertThat(ProfileLearner.learn(Optional.of(pinned), complete(Traces.read(1, "/b", 0, 1))))
        .isSameAs(pinned);
  }

  @Test
  void aTraceOfAnotherImageIsRefused() {
    Profile known = learn(complete());
    Profile other =
        new Profile(
            Digest.of(new byte[9]),
            known.command(),
            List.of(),
            1,
            known.updated(),
            false,
            List.of());

    assertThatThrownBy(() -> ProfileLearner.learn(Optional.of(other), complete()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theRarestAndThenTheLatestPathsLeaveFirst() {
    Access[] many =
        IntStream.range(0, ProfileFormat.MAX_PATHS + 10)
            .mapToObj(i -> Traces.read(i, "/f" + i, 0, 1))
            .toArray(Access[]::new);
    Access last = many[many.length - 1];

    Profile profile = learn(complete(last), complete(many));

    assertThat(profile.paths()).hasSize(ProfileFormat.MAX_PATHS);
    assertThat(paths(profile)).contains(last.path(), "/f19998").doesNotContain("/f19999");
    assertThat(ProfileWriter.write(profile)).isNotEmpty();
  }

  @Test
  void rangesAreBoundedAndNamesStay() {
    int gigabyte = 1 << 30;
    Profile profile =
        learn(
            complete(
                Traces.read(1, "/a", 4096, gigabyte - 8192),
                Traces.read(2, "/b", 0, 1 << 20),
                Traces.read(3, "/c", 0, 1)));

    assertThat(profile.bytes()).isEqualTo(ProfileFormat.MAX_RANGE_BYTES);
    assertThat(profile.paths().get(1).ranges()).containsExactly(new ProfileRange(0, 8192));
    assertThat(profile.paths().get(2).ranges()).isEmpty();
    assertThat(ProfileWriter.write(profile)).isNotEmpty();
  }

  @Test
  void longPathsAreBounded() {
    String name = "/" + "x".repeat(200);
    Access[] deep =
        IntStream.range(0, 200)
            .mapToObj(i -> Traces.read(i, "/" + i + name.repeat(300), 0, 1))
            .toArray(Access[]::new);

    Profile profile = learn(complete(deep));

    assertThat(profile.paths()).hasSize(ProfileFormat.MAX_PATHS_LENGTH / 60_304);
    assertThat(ProfileWriter.write(profile)).isNotEmpty();
  }

  /// Whatever runs there are: the profile can be stored, has every page that was read, is the same
  /// each time, and does not depend on the order of accesses.
  @Test
  void everyPageThatWasReadIsInTheProfile() {
    Randomized.forSeeds(
        200,
        random -> {
          List<Trace> traces = new ArrayList<>();
          for (int i = 1 + random.nextInt(5); i > 0; i--) {
            traces.add(randomTrace(random));
          }
          Profile profile = learn(traces.toArray(Trace[]::new));
          assertThat(stored(profile)).isEqualTo(profile);
          assertThat(learn(traces.toArray(Trace[]::new))).isEqualTo(profile);
          Trace last = traces.getLast();
          assertThat(last.accesses().stream().filter(access -> !access.failed()))
              .allMatch(access -> covers(profile, access));
          List<Access> shuffled = new ArrayList<>(last.accesses());
          java.util.Collections.shuffle(shuffled, random);
          traces.set(traces.size() - 1, new Trace(last.header(), shuffled));
          assertThat(learn(traces.toArray(Trace[]::new))).isEqualTo(profile);
        });
  }

  private static Profile stored(Profile profile) throws IOException {
    return ProfileReader.read(ProfileWriter.write(profile), "p");
  }

  private static Trace randomTrace(Random random) {
    List<Access> accesses = new ArrayList<>();
    for (int i = random.nextInt(40); i > 0; i--) {
      accesses.add(
          new Access(
              random.nextInt(1000) - 10,
              random.nextBoolean() ? Operation.READ : Operation.LOOKUP,
              7,
              "/f" + random.nextInt(6),
              random.nextInt(100_000),
              random.nextInt(20_000),
              1,
              "p",
              5,
              ServedFrom.DISK,
              random.nextInt(10) == 0));
    }
    return new Trace(
        Traces.header(random.nextBoolean(), 0, random.nextBoolean() ? NONE : PREFETCHED), accesses);
  }

  private static boolean covers(Profile profile, Access access) {
    return profile.paths().stream()
        .filter(path -> path.path().equals(access.path()))
        .filter(path -> path.firstMicros() <= access.micros() && path.missing() == 0)
        .anyMatch(path ->
            access.operation() != Operation.READ
                || access.length() == 0
                || path.ranges().stream()
                    .anyMatch(range ->
                        range.offset() <= access.offset()
                            && range.end() >= access.offset() + access.length()));
  }
}
