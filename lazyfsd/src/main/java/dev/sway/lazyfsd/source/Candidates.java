package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.source.http.Blame;
import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.RangeFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which sources one fetch may still ask, and what became of those that it has asked. In each round
/// every source is asked once, in order, those whose copy is in quarantine last. Used by one
/// thread.
final class Candidates {
  /// How many peers a round asks before the servers that have whole packs; others come after them.
  /// However many there are and whatever they do, a reader waits for no more than these.
  private static final int MAX_PEERS_FIRST = 2;

  /// Damage on the way is worth another attempt; damage at the source stays.
  private static final int MAX_DAMAGES = 3;

  private final BlobRange range;
  private final List<Candidate> all = new ArrayList<>();
  private int peersAsked;

  Candidates(List<RemoteSource> sources, BlobRange range) {
    this.range = range;
    List<Candidate> suspect = new ArrayList<>(0);
    for (RemoteSource source : sources) {
      boolean known = source.suspect(range);
      (known ? suspect : all).add(new Candidate(source, known));
    }
    all.addAll(suspect);
  }

  private static final class Candidate {
    final RemoteSource source;
    final boolean suspect;
    boolean asked;
    boolean out;
    int damages;
    @Nullable Blame blame;
    @Nullable String reason;

    Candidate(RemoteSource source, boolean suspect) {
      this.source = source;
      this.suspect = suspect;
    }

    String describe() {
      return source + ": " + (reason == null ? source.lastFailure() : reason);
    }
  }

  /// From now on each source that is not out may be asked once more.
  void newRound() {
    peersAsked = 0;
    for (Candidate candidate : all) {
      candidate.asked = candidate.out;
    }
  }

  /// The sources that may still be asked in this round, best first.
  List<RemoteSource> open() {
    List<RemoteSource> open = new ArrayList<>(all.size());
    List<RemoteSource> further = new ArrayList<>(0);
    for (Candidate candidate : all) {
      if (!candidate.asked) {
        boolean postponed =
            candidate.source.kind() == SourceKind.PEER && peersAsked >= MAX_PEERS_FIRST;
        (postponed ? further : open).add(candidate.source);
      }
    }
    open.addAll(further);
    return open;
  }

  /// Those of them whose copy is not known to be bad.
  List<RemoteSource> openAndSound() {
    List<RemoteSource> open = open();
    open.removeIf(source -> of(source).suspect);
    return open;
  }

  /// The sources whose copy is not known to be bad, whether they were asked in this round or not.
  List<RemoteSource> sound() {
    List<RemoteSource> sound = new ArrayList<>(all.size());
    for (Candidate candidate : all) {
      if (!candidate.out && !candidate.suspect) {
        sound.add(candidate.source);
      }
    }
    return sound;
  }

  private Candidate of(RemoteSource source) {
    for (Candidate candidate : all) {
      if (candidate.source == source) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("no candidate: " + source);
  }

  void asked(RemoteSource source) {
    of(source).asked = true;
    peersAsked += source.kind() == SourceKind.PEER ? 1 : 0;
  }

  /// The source gave what was asked for.
  void proved(RemoteSource source) {
    source.proved(range, of(source).suspect);
  }

  void failed(RemoteSource source, RangeFailure failure) {
    Candidate candidate = of(source);
    candidate.blame = failure.blame();
    candidate.reason = failure.getMessage();
    switch (failure.blame()) {
      case CONNECTION -> {}
      case ABSENT, ABSENT_RANGE, BLOB, TOKEN -> candidate.out = true;
      case RANGE -> damaged(candidate);
    }
  }

  void damaged(RemoteSource source, CorruptException damage) {
    Candidate candidate = of(source);
    candidate.blame = Blame.RANGE;
    candidate.reason = damage.getMessage();
    damaged(candidate);
  }

  private static void damaged(Candidate candidate) {
    candidate.damages++;
    candidate.out = candidate.suspect || candidate.damages >= MAX_DAMAGES;
  }

  /// Whether no source is left that could have what is wanted: time would not help.
  boolean exhausted() {
    for (Candidate candidate : all) {
      if (!candidate.out) {
        return false;
      }
    }
    return true;
  }

  /// What to tell the reader.
  ///
  /// @param waited how long the fetch took
  SwayException failure(Duration waited) {
    StringBuilder reasons = new StringBuilder();
    for (Candidate candidate : all) {
      reasons.append(reasons.isEmpty() ? "" : ", ").append(candidate.describe());
    }
    String what = "bytes %s of pack %s".formatted(range, range.blob());
    if (!exhausted()) {
      return new SwayException(
          FailureKind.BLOBD_UNREACHABLE,
          "no source gave %s within %d ms (%s); check that one of them runs and can be reached"
              .formatted(what, waited.toMillis(), reasons));
    }
    if (has(Blame.RANGE)) {
      return new CorruptException(what, "no source has a sound copy (" + reasons + ")");
    }
    if (has(Blame.TOKEN)) {
      return new SwayException(
          FailureKind.UNAUTHORIZED,
          "no source gave %s (%s); set SWAY_TOKEN".formatted(what, reasons));
    }
    return new SwayException(
        FailureKind.NOT_FOUND,
        "no source has %s (%s); export the image again".formatted(what, reasons));
  }

  private boolean has(Blame blame) {
    for (Candidate candidate : all) {
      if (candidate.blame == blame) {
        return true;
      }
    }
    return false;
  }
}
