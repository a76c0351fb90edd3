package dev.sway.lazyfsd;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.cache.CacheConfig;
import dev.sway.lazyfsd.cache.CacheLimits;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of every command that keeps what it fetches.
final class CacheOptions {
  private static final long MOST_MEMORY = 4L << 30;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = {
        "Folder for what is fetched of images, which several workers of this machine may share.",
        "Default: packs in the --state folder."
      })
  private @Nullable Path cache;

  @Option(
      names = "--cache-bytes",
      paramLabel = "SIZE",
      defaultValue = "none",
      description = {
        "How much of the disk the cache may take, such as 20g; what was not used for the longest"
            + " time goes.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String bytes = "none";

  @Option(
      names = "--cache-free",
      paramLabel = "PERCENT",
      defaultValue = "10%",
      description = {
        "How much of the cache's file system is to stay free, whoever fills it.",
        "Default: 10%%."
      })
  private String free = "10%";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "64m",
      description = {
        "How much memory decoded chunks may take, outside of the JVM's heap, such as 256m.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String memory = "64m";

  private long memoryBytes() throws SwayException {
    long bytes = CacheLimits.bytes("--memory", memory);
    if (bytes > MOST_MEMORY) {
      throw new SwayException(
          FailureKind.USAGE,
          "--memory: '%s' is more than the 4g that decoded chunks may take".formatted(memory));
    }
    return bytes;
  }

  /// The cache of the worker whose state folder is `state`.
  CacheConfig config(Path state) throws SwayException {
    Path folder = cache == null ? state.resolve("packs") : cache.toAbsolutePath().normalize();
    return new CacheConfig(
        folder,
        new CacheLimits(CacheLimits.bytes("--cache-bytes", bytes), CacheLimits.ratio(free)),
        memoryBytes());
  }
}
