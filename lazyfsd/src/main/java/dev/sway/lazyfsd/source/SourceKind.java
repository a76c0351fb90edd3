package dev.sway.lazyfsd.source;

/// What a server that has packs is, and so what may be expected of it.
enum SourceKind {
  /// Another worker, which has what its own runs asked for: that it lacks something is ordinary.
  PEER("peer"),
  /// A server with a copy of a store.
  MIRROR("mirror"),
  /// The server that names and manifests come from too.
  BLOBD("blobd");

  private final String word;

  SourceKind(String word) {
    this.word = word;
  }

  /// A breaker for a server of this kind.
  CircuitBreaker breaker() {
    return this == PEER ? CircuitBreaker.ofPeer() : new CircuitBreaker();
  }

  /// How users call it.
  @Override
  public String toString() {
    return word;
  }
}
