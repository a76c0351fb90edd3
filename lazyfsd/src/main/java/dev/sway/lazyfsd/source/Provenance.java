package dev.sway.lazyfsd.source;

import dev.sway.formats.trace.ServedFrom;

/// From where the calling thread had the bytes of its present request: noted by whoever brings
/// them, taken by who answers. One for each thread.
public final class Provenance {
  private static final ThreadLocal<Provenance> OF_THREAD = ThreadLocal.withInitial(Provenance::new);

  private ServedFrom farthest = ServedFrom.INDEX;

  private Provenance() {}

  /// The calling thread has needed `place`.
  public static void note(ServedFrom place) {
    Provenance mine = OF_THREAD.get();
    if (place.compareTo(mine.farthest) > 0) {
      mine.farthest = place;
    }
  }

  /// The farthest place that the calling thread has needed since it last asked.
  public static ServedFrom take() {
    Provenance mine = OF_THREAD.get();
    ServedFrom was = mine.farthest;
    mine.farthest = ServedFrom.INDEX;
    return was;
  }
}
