package dev.sway.lazyfsd.run;

/// Why a run is ended before it ends by itself.
enum EndReason {
  /// Somebody asked for it.
  REQUEST("was ended from outside"),

  /// Nobody watches it any more.
  LEFT("was ended from outside: its client was gone for too long"),

  /// Its worker ends, or another one takes its place and cannot go on with the run's mount.
  WORKER("was ended from outside: lazyfsd ends, and the mount of its image with it");

  private final String text;

  EndReason(String text) {
    this.text = text;
  }

  /// What happened to the run, behind its name.
  String text() {
    return text;
  }
}
