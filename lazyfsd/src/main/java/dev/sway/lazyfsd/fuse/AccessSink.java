package dev.sway.lazyfsd.fuse;

/// Is told what the kernel asked of a mount, and what it was given unasked by those who serve it.
/// Implementations are thread-safe and quick: they are called by the threads that serve it, after
/// each answer.
@FunctionalInterface
public interface AccessSink {
  /// Takes no notice.
  AccessSink NONE = request -> {};

  /// Both this and `next` are told, in this order.
  default AccessSink andThen(AccessSink next) {
    return request -> {
      served(request);
      next.served(request);
    };
  }

  /// Takes one request that was answered.
  void served(Served request);
}
