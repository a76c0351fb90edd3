package dev.sway.formats.trace;

/// What was brought for a run before it asked.
///
/// @param policy `off`, `overlap` or `wait`
/// @param profile the digest of the profile's file as text; empty where there was none
/// @param origin where the profile came from: `worker` or `blobd`; [#WHOLE_IMAGE] where there was
///   none and all of the image was brought; else empty
/// @param chunks that the profile wants, and segments of hot packs that have parts of such
/// @param segments how many of these are segments
/// @param fetchedBytes of packs, by the prefetch
/// @param pushedBytes into the kernel's page cache
/// @param outcome `none`, `earlier` where it was brought for a run before on the same mount,
///   `done`, `cancelled`, `budget` where the profile names more than is brought, or what went wrong
public record PrefetchSummary(
    String policy,
    String profile,
    String origin,
    long chunks,
    long segments,
    long fetchedBytes,
    long pushedBytes,
    String outcome) {
  /// The origin of what was brought without a profile: all of a small image.
  public static final String WHOLE_IMAGE = "image";

  /// Whether all that a run asks for still shows on a mount of its own: nothing was brought, or
  /// nothing that the kernel knows of.
  public boolean hidesNothing() {
    return outcome.equals("none") || origin.equals(WHOLE_IMAGE);
  }

  /// Where nothing was prefetched.
  public static PrefetchSummary none(String policy) {
    return new PrefetchSummary(policy, "", "", 0, 0, 0, 0, "none");
  }

  /// Where it was brought for a run before.
  public static PrefetchSummary earlier(String policy) {
    return new PrefetchSummary(policy, "", "", 0, 0, 0, 0, "earlier");
  }
}
