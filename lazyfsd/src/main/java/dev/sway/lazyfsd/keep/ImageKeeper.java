package dev.sway.lazyfsd.keep;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.manifest.Manifest;
import dev.sway.lazyfsd.api.CacheResult;
import dev.sway.lazyfsd.api.CacheStatus;
import dev.sway.lazyfsd.api.CacheStatus.PinnedImage;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.cache.Pin;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.image.ImageStore;
import dev.sway.lazyfsd.image.LocalImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// Says which images' bytes are to be in the worker's cache: pins them, fetches them before anybody
/// reads them, lets them go. An image is given as `NAME[:TAG]` or as the `sha256:...` of its
/// manifest. Thread-safe.
public final class ImageKeeper {
  private final ImageStore images;
  private final ImageNames names;
  private final PackCache cache;
  private final ReentrantLock pinning = new ReentrantLock();

  /// @param cache stays the caller's to close, after the last call
  public ImageKeeper(ImageStore images, ImageNames names, PackCache cache) {
    this.images = images;
    this.names = names;
    this.cache = cache;
  }

  /// Gets told how far a fetch is.
  @FunctionalInterface
  public interface Watcher {
    /// `chunks` of `ofChunks` are there; called often.
    void progress(long chunks, long ofChunks);
  }

  /// What the cache holds now.
  public CacheStatus status() throws IOException {
    PackCache.Usage usage = cache.usage();
    CacheLimits limits = usage.limits();
    return new CacheStatus(
        cache.path().toString(),
        limits.maxBytes() == CacheLimits.UNBOUNDED ? -1 : limits.maxBytes(),
        limits.minFree(),
        usage.allocated(),
        usage.usable(),
        usage.total(),
        usage.packs(),
        usage.frames(),
        usage.frameBytes(),
        usage.evictedBytes(),
        usage.notKept(),
        cache.pins().all().stream()
            .sorted(Comparator.comparing(Pin::manifest))
            .map(pin ->
                new PinnedImage(
                    pin.names(), pin.manifest().toString(), pin.bytes(), pin.promoted()))
            .toList());
  }

  /// Nothing of the image's packs is evicted from now on, also after a restart.
  ///
  /// @throws SwayException of kind `storage` where the pinned images would exceed the cache's limit
  public CacheResult pin(String image) throws IOException {
    Manifest manifest;
    Digest digest = names.resolve(image);
    try (LocalImage local = images.open(digest)) {
      manifest = local.manifest();
    }
    pin(image, digest, manifest, false);
    return new CacheResult(image, digest.toString(), 0, 0, manifest.packBytes());
  }

  /// Answers what was pinned of the image before.
  private Optional<Pin> pin(String image, Digest digest, Manifest manifest, boolean promoted)
      throws IOException {
    pinning.lock();
    try {
      Optional<Pin> before = cache.pins().of(digest);
      List<String> all = new ArrayList<>(before.map(Pin::names).orElse(List.of()));
      if (Digest.parse(image).isEmpty()) {
        all.add(ImageName.parse(image).toString());
      }
      requireRoom(image, digest, manifest);
      Set<Digest> packs =
          manifest.packs().stream().map(Manifest.PackBlob::digest).collect(Collectors.toSet());
      cache
          .pins()
          .put(
              new Pin(
                  digest,
                  all,
                  packs,
                  manifest.packBytes(),
                  promoted || before.map(Pin::promoted).orElse(false)));
      return before;
    } finally {
      pinning.unlock();
    }
  }

  /// Leaves nothing pinned that was not pinned before.
  private void undoPin(String image, Digest digest, Optional<Pin> before) throws IOException {
    String name = Digest.parse(image).isPresent() ? "" : ImageName.parse(image).toString();
    if (before.map(Pin::names).map(names -> names.contains(name)).orElse(false)) {
      return;
    }
    pinning.lock();
    try {
      Optional<Pin> now = cache.pins().of(digest);
      if (now.isPresent()) {
        takeAway(now.get(), List.of(name), before.isPresent());
      }
    } finally {
      pinning.unlock();
    }
  }

  /// What shares packs with another pinned image counts as if it did not.
  private void requireRoom(String image, Digest digest, Manifest manifest) throws IOException {
    long pinned = 0;
    for (Pin pin : cache.pins().all()) {
      pinned += pin.manifest().equals(digest) ? 0 : pin.bytes();
    }
    long limit = cache.limits().maxBytes();
    if (manifest.packBytes() > limit - pinned) {
      throw new SwayException(
          FailureKind.STORAGE,
          "'%s' needs %d bytes, pinned images need %d already, and the cache's limit is %d; unpin one, or start the worker with more --cache-bytes"
              .formatted(image, manifest.packBytes(), pinned, limit));
    }
    long most = cache.most();
    if (manifest.packBytes() > most - pinned) {
      throw new SwayException(
          FailureKind.STORAGE,
          "'%s' needs %d bytes, pinned images need %d already, and the file system of %s has room for %d beside what others have there and --cache-free; unpin one, or make room"
              .formatted(image, manifest.packBytes(), pinned, cache.path(), most));
    }
  }

  /// What was pinned may be evicted again; a promoted image needs a server again.
  ///
  /// @throws SwayException of kind `not-found` where it is not pinned
  public CacheResult unpin(String image) throws IOException {
    Optional<Digest> digest = Digest.parse(image);
    String name = digest.isPresent() ? "" : ImageName.parse(image).toString();
    pinning.lock();
    try {
      CacheResult result = null;
      for (Pin pin : cache.pins().all()) {
        if (digest.map(pin.manifest()::equals).orElse(pin.names().contains(name))) {
          unpin(pin, name);
          result = new CacheResult(image, pin.manifest().toString(), 0, 0, pin.bytes());
        }
      }
      if (result == null) {
        throw new SwayException(
            FailureKind.NOT_FOUND,
            "'%s' is not pinned; 'swayctl cache status' lists what is".formatted(image));
      }
      return result;
    } finally {
      pinning.unlock();
    }
  }

  /// @param name the one of its names to take away; empty for all
  private void unpin(Pin pin, String name) throws IOException {
    List<String> gone = name.isEmpty() ? pin.names() : List.of(name);
    for (String one : gone) {
      names.forget(ImageName.parse(one));
    }
    takeAway(pin, gone, false);
  }

  /// @param stays whether the image stays pinned where no name is left
  private void takeAway(Pin pin, List<String> gone, boolean stays) throws IOException {
    List<String> left = pin.names().stream().filter(one -> !gone.contains(one)).toList();
    if (left.isEmpty() && !stays) {
      cache.pins().remove(pin.manifest());
    } else {
      cache.pins().put(new Pin(pin.manifest(), left, pin.packs(), pin.bytes(), pin.promoted()));
    }
  }

  /// Removes what is here of the image's packs, except of those that pinned images need too; where
  /// `image` is empty, of all packs.
  ///
  /// @throws SwayException of kind `in-use` where the image is pinned
  public CacheResult evict(String image) throws IOException {
    if (image.isEmpty()) {
      PackCache.Evicted evicted = cache.evictAll();
      return new CacheResult(image, "", evicted.frames(), evicted.bytes(), 0);
    }
    Digest digest = names.resolve(image);
    if (cache.pins().of(digest).isPresent()) {
      throw new SwayException(
          FailureKind.IN_USE,
          "'%s' is pinned; 'swayctl cache unpin %s' lets it go".formatted(image, image));
    }
    try (LocalImage local = images.open(digest)) {
      Set<Digest> packs = new HashSet<>();
      local.manifest().packs().forEach(pack -> packs.add(pack.digest()));
      PackCache.Evicted evicted = cache.evict(packs);
      return new CacheResult(
          image,
          digest.toString(),
          evicted.frames(),
          evicted.bytes(),
          local.manifest().packBytes());
    }
  }

  /// Whether all of the image fits into the cache beside what is there, so that nothing needs to be
  /// evicted for it.
  boolean fits(Digest manifest) throws IOException {
    long bytes;
    try (LocalImage local = images.open(manifest)) {
      bytes = local.manifest().packBytes();
    }
    PackCache.Usage usage = cache.usage();
    CacheLimits limits = usage.limits();
    return bytes <= limits.maxBytes() - usage.allocated()
        && usage.usable() - bytes >= usage.total() * limits.minFree();
  }

  /// Fetches what is not here of the image, each chunk verified. It may be evicted afterwards.
  public CacheResult warm(String image, Watcher watcher) throws IOException, InterruptedException {
    Digest digest = names.resolve(image);
    try (LocalImage local = images.open(digest)) {
      ImageFetch fetch = new ImageFetch(cache, local.index(), false, watcher);
      requireAll(image, fetch, fetch.run());
      return result(image, local, fetch);
    }
  }

  /// Pins the image, fetches what is not here of it, verifies all, brings it to the disk and
  /// records its name: from then on it needs no server.
  public CacheResult promote(String image, Watcher watcher)
      throws IOException, InterruptedException {
    Digest digest = names.resolve(image);
    try (LocalImage local = images.open(digest)) {
      // First, so that nothing of it is evicted before the rest is there.
      Optional<Pin> before = pin(image, digest, local.manifest(), false);
      try {
        return promote(image, local, watcher);
      } catch (IOException | InterruptedException | RuntimeException e) {
        try {
          undoPin(image, digest, before);
        } catch (IOException suppressed) {
          e.addSuppressed(suppressed);
        }
        throw e;
      }
    }
  }

  private CacheResult promote(String image, LocalImage local, Watcher watcher)
      throws IOException, InterruptedException {
    Digest digest = local.digest();
    ImageFetch fetch = new ImageFetch(cache, local.index(), true, watcher);
    requireAll(image, fetch, fetch.run());
    images.force(digest);
    cache.force(local.manifest().packs().stream().map(Manifest.PackBlob::digest).toList());
    // What somebody evicted who had begun before the pin was there.
    requireAll(image, fetch, fetch.missing());
    if (Digest.parse(image).isEmpty()) {
      names.record(ImageName.parse(image), digest);
    }
    pin(image, digest, local.manifest(), true);
    return result(image, local, fetch);
  }

  private void requireAll(String image, ImageFetch fetch, long missing) throws SwayException {
    if (missing > 0) {
      throw new SwayException(
          FailureKind.STORAGE,
          "%d of the %d chunks of '%s' could not be kept: the cache in %s is at its limits, was being emptied, or its disk fails; see 'swayctl cache status' and the worker's log, or try again"
              .formatted(missing, fetch.total(), image, cache.path()));
    }
  }

  private static CacheResult result(String image, LocalImage local, ImageFetch fetch) {
    return new CacheResult(
        image,
        local.digest().toString(),
        fetch.fetched(),
        fetch.fetchedBytes(),
        local.manifest().packBytes());
  }
}
