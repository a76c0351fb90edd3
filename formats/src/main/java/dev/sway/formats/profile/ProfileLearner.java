package dev.sway.formats.profile;

import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceFormat;
import dev.sway.formats.trace.TraceHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Learns profiles from traces. The same traces give the same profile.
///
/// - A *complete* trace, of a run on a mount of its own, without a prefetch of which the kernel
///   knows and from which nothing is lost, shows all that the run asked for: what it does not have
///   is missing in one more run, and leaves after [#MAX_MISSING] such runs in a row. Any other
///   trace shows only what the kernel did not have, which is what the profile lacks: it only adds,
///   and only what exists.
/// - Reads are rounded out to pages and merged with those that are known.
/// - What is beyond the limits of [ProfileFormat] leaves, the rarest and then the latest first.
public final class ProfileLearner {
  /// In how many complete runs in a row a path is missing when it leaves.
  public static final int MAX_MISSING = 3;

  /// How long a container must have run to teach something although it did not end by itself: so
  /// long a start takes at most.
  private static final long START_MICROS = 10_000_000;

  private ProfileLearner() {}

  /// What is known after `trace`: `before` itself where that is pinned, or where the trace teaches
  /// nothing, because its container was ended during its start or it adds nothing. Where there is
  /// no profile to return then, it is one of no runs, which nobody needs to keep.
  ///
  /// @throws IllegalArgumentException where `before` is of another image or another command
  public static Profile learn(Optional<Profile> before, Trace trace) {
    TraceHeader header = trace.header();
    Profile known = before.orElseGet(() -> nothing(header));
    if (!known.manifest().equals(header.manifest()) || !known.command().equals(header.command())) {
      throw new IllegalArgumentException(
          "a trace of %s and %s for a profile of %s and %s"
              .formatted(header.manifest(), header.command(), known.manifest(), known.command()));
    }
    boolean complete = isComplete(header);
    Map<String, Seen> seen = seen(trace.accesses());
    if (known.pinned() || !hasStarted(header) || (!complete && seen.isEmpty())) {
      return known;
    }
    return new Profile(
        known.manifest(),
        known.command(),
        header.args(),
        oneMore(known.runs()),
        header.started().isAfter(known.updated()) ? header.started() : known.updated(),
        false,
        ProfileBounds.within(merged(known.paths(), seen, complete)));
  }

  /// Whether the run that `profile` was learnt from last is the one of `trace`.
  public static boolean hasLearnt(Profile profile, Trace trace) {
    return profile.updated().equals(trace.header().started());
  }

  private static Profile nothing(TraceHeader header) {
    return new Profile(
        header.manifest(), header.command(), header.args(), 0, header.started(), false, List.of());
  }

  private static boolean isComplete(TraceHeader header) {
    return header.exitCode() != -1
        && header.cold()
        && header.prefetch().hidesNothing()
        && header.lost() == 0;
  }

  /// Whether the start is over: services are stopped from outside, hours later.
  private static boolean hasStarted(TraceHeader header) {
    Long running = header.marks().get(Mark.CONTAINER_STARTED);
    Long exited = header.marks().get(Mark.EXITED);
    return header.exitCode() != -1
        || (running != null && exited != null && exited - running >= START_MICROS);
  }

  /// What a trace says of one path.
  private static final class Seen {
    private long inode;
    private long firstMicros = Long.MAX_VALUE;
    private final RangeSet ranges = new RangeSet();

    void add(Access access) {
      inode = Math.max(inode, access.inode());
      firstMicros = Math.min(firstMicros, access.micros());
      if (access.operation() == Operation.READ) {
        ranges.add(access.offset(), access.length());
      } else if (access.operation() == Operation.READDIR) {
        ranges.add(ProfilePlan.LISTED.offset(), ProfilePlan.LISTED.length());
      }
    }
  }

  private static Map<String, Seen> seen(List<Access> accesses) {
    Map<String, Seen> seen = new HashMap<>();
    for (Access access : accesses) {
      if (!access.failed() && TraceFormat.isPossible(access)) {
        seen.computeIfAbsent(access.path(), _ -> new Seen()).add(access);
      }
    }
    return seen;
  }

  private static List<ProfiledPath> merged(
      List<ProfiledPath> known, Map<String, Seen> seen, boolean complete) {
    Map<String, Seen> added = new HashMap<>(seen);
    List<ProfiledPath> merged = new ArrayList<>();
    for (ProfiledPath path : known) {
      Seen again = added.remove(path.path());
      if (again != null) {
        again.ranges.add(path.ranges());
        merged.add(
            path(path.path(), again, Math.min(again.firstMicros, path.firstMicros()), path.runs()));
      } else if (!complete) {
        // The kernel had it, because it was brought: as good as asked for.
        merged.add(
            new ProfiledPath(
                path.path(),
                path.inode(),
                path.ranges(),
                path.firstMicros(),
                oneMore(path.runs()),
                path.missing()));
      } else if (path.missing() + 1 < MAX_MISSING) {
        merged.add(
            new ProfiledPath(
                path.path(),
                path.inode(),
                path.ranges(),
                path.firstMicros(),
                path.runs(),
                path.missing() + 1));
      }
    }
    added.forEach((name, once) -> {
      // What is looked for in vain by one run only, such as a temporary file's name, would fill a
      // profile that no complete trace clears.
      if (complete || once.inode != 0) {
        merged.add(path(name, once, once.firstMicros, 0));
      }
    });
    return merged;
  }

  private static ProfiledPath path(String path, Seen seen, long firstMicros, int runsBefore) {
    return new ProfiledPath(
        path, seen.inode, seen.ranges.ranges(), firstMicros, oneMore(runsBefore), 0);
  }

  private static int oneMore(int runs) {
    return Math.min(runs + 1, ProfileFormat.MAX_RUNS);
  }
}
