package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// A lock for each image, held by who changes what is kept beside it: no other changes then what
/// was just looked at. Thread-safe.
final class ImageLocks {
  /// For the manifests of all images, by their first byte.
  private final List<ReentrantLock> locks =
      Stream.generate(ReentrantLock::new).limit(1 << Byte.SIZE).toList();

  ReentrantLock of(Digest manifest) {
    return locks.get(manifest.bytes()[0] & 0xff);
  }
}
