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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// Says which images' bytes are to be in the worker's cache: pins them, fetches them before anybody
/// reads them, lets them go. An image is given as `NAME[:TAG]` or as the `sha256:...` of its
/// manifest. Thread-safe.
public final class ImageKeeper {
  private static final System.Logger LOG = System.getLogger(ImageKeeper.class.getName());

  private final ImageStore images;
  private final ImageNames names;
  private final PackCache cache;

  /// For pins, and [#promotions].
  private final ReentrantLock pinning = new ReentrantLock();

  /// Of images that are being promoted, by their manifests.
  private final Map<Digest, Promotion> promotions = new HashMap<>();

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
    pinning.lock();
    try {
      requireLimit(image, digest, manifest);
      put(withName(cache.pins().of(digest), image, digest, manifest, false));
      Promotion running = promotions.get(digest);
      if (running != null) {
        running.then = Optional.of(withName(running.then, image, digest, manifest, false));
      }
    } finally {
      pinning.unlock();
    }
    return new CacheResult(image, digest.toString(), 0, 0, manifest.packBytes());
  }

  /// What is to be pinned of an image once nobody promotes it any more. Until then it is pinned in
  /// any case.
  private static final class Promotion {
    private Optional<Pin> then;

    /// What this process wrote of it last.
    private Optional<Pin> written;

    /// How many promote it.
    private int running;

    private Promotion(Optional<Pin> before) {
      then = before;
      written = before;
    }
  }

  private void put(Pin pin) throws IOException {
    cache.pins().put(pin);
    Promotion running = promotions.get(pin.manifest());
    if (running != null) {
      running.written = Optional.of(pin);
    }
  }

  private void remove(Digest manifest) throws IOException {
    cache.pins().remove(manifest);
    Promotion running = promotions.get(manifest);
    if (running != null) {
      running.written = Optional.empty();
    }
  }

  /// `before`, or a new pin, with `image` among its names where it is one.
  private static Pin withName(
      Optional<Pin> before, String image, Digest digest, Manifest manifest, boolean promoted)
      throws SwayException {
    List<String> all = new ArrayList<>(before.map(Pin::names).orElse(List.of()));
    if (Digest.parse(image).isEmpty()) {
      all.add(ImageName.parse(image).toString());
    }
    return new Pin(
        digest,
        all,
        packs(manifest),
        manifest.packBytes(),
        promoted || before.map(Pin::promoted).orElse(false));
  }

  /// What shares packs with another pinned image counts as if it did not.
  private void requireLimit(String image, Digest digest, Manifest manifest) throws IOException {
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
  }

  private void requireRoom(String image, LocalImage local, ImageFetch fetch) throws IOException {
    long missing = fetch.missingBytes();
    long room = missing == 0 ? 0 : cache.roomFor(packs(local.manifest()));
    if (missing > room) {
      throw new SwayException(
          FailureKind.STORAGE,
          "%d bytes of '%s' are missing, and the file system of %s has room for %d, beside others' files, pinned images and --cache-free; make room, or unpin an image"
              .formatted(missing, image, cache.path(), Math.max(0, room)));
    }
  }

  private static Set<Digest> packs(Manifest manifest) {
    return manifest.packs().stream().map(Manifest.PackBlob::digest).collect(Collectors.toSet());
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
    Optional<Pin> left = without(pin, gone);
    if (left.isPresent()) {
      put(left.get());
    } else {
      remove(pin.manifest());
    }
    Promotion running = promotions.get(pin.manifest());
    if (running != null) {
      running.then = running.then.flatMap(then -> without(then, gone));
    }
  }

  private static Optional<Pin> without(Pin pin, List<String> gone) {
    List<String> left = pin.names().stream().filter(one -> !gone.contains(one)).toList();
    return left.isEmpty()
        ? Optional.empty()
        : Optional.of(new Pin(pin.manifest(), left, pin.packs(), pin.bytes(), pin.promoted()));
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
  /// records its name: from then on it needs no server. Where this fails, nothing is pinned or
  /// recorded that was not before.
  ///
  /// @throws SwayException of kind `storage` where there is no room for it
  public CacheResult promote(String image, Watcher watcher)
      throws IOException, InterruptedException {
    Digest digest = names.resolve(image);
    try (LocalImage local = images.open(digest)) {
      // First, so that nothing of it is evicted before the rest is there.
      begin(image, local);
      try {
        ImageFetch fetch = new ImageFetch(cache, local.index(), true, watcher);
        requireRoom(image, local, fetch);
        requireAll(image, fetch, fetch.run());
        images.force(digest);
        cache.force(packs(local.manifest()));
        // What somebody evicted who had begun before the pin was there.
        requireAll(image, fetch, fetch.missing());
        record(image, local);
        return result(image, local, fetch);
      } finally {
        end(digest);
      }
    }
  }

  private void begin(String image, LocalImage local) throws IOException {
    Digest digest = local.digest();
    pinning.lock();
    try {
      requireLimit(image, digest, local.manifest());
      Optional<Pin> before = cache.pins().of(digest);
      Pin pin = withName(before, image, digest, local.manifest(), false);
      cache.pins().put(pin);
      Promotion promotion = promotions.computeIfAbsent(digest, _ -> new Promotion(before));
      promotion.written = Optional.of(pin);
      promotion.running++;
    } finally {
      pinning.unlock();
    }
  }

  /// All of the image is on the disk: it stays pinned.
  private void record(String image, LocalImage local) throws IOException {
    Digest digest = local.digest();
    pinning.lock();
    try {
      // With the names of others who promote it still.
      Pin pin = withName(cache.pins().of(digest), image, digest, local.manifest(), true);
      Promotion promotion = promotion(digest);
      Pin own = withName(promotion.then, image, digest, local.manifest(), true);
      if (Digest.parse(image).isPresent()) {
        put(pin);
        promotion.then = Optional.of(own);
        return;
      }
      ImageName name = ImageName.parse(image);
      Optional<Digest> before = names.recorded(name);
      names.record(name, digest);
      boolean pinned = false;
      try {
        put(pin);
        pinned = true;
        promotion.then = Optional.of(own);
      } finally {
        if (!pinned) {
          if (before.isPresent()) {
            names.record(name, before.get());
          } else {
            names.forget(name);
          }
        }
      }
    } finally {
      pinning.unlock();
    }
  }

  private Promotion promotion(Digest digest) {
    return Objects.requireNonNull(promotions.get(digest), "it runs");
  }

  /// One who promoted an image does not any more.
  private void end(Digest digest) {
    // Whoever is interrupted writes no files.
    boolean interrupted = Thread.interrupted();
    pinning.lock();
    try {
      Promotion promotion = promotion(digest);
      if (--promotion.running == 0) {
        restore(digest, promotion);
        promotions.remove(digest);
      }
    } finally {
      pinning.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void restore(Digest digest, Promotion promotion) {
    try {
      if (promotion.then.equals(promotion.written)
          || !promotion.written.equals(cache.pins().of(digest))) {
        // As it should be, or another process has pinned or unpinned it: what that did counts.
        return;
      }
      if (promotion.then.isPresent()) {
        put(promotion.then.get());
      } else {
        remove(digest);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} was not promoted, and stays pinned: {1}",
          digest,
          e.toString());
    }
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
