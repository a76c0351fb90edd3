package dev.sway.swayctl.export;

import dev.sway.formats.id.Digest;
import dev.sway.formats.image.BuildReport;
import java.util.List;
import java.util.Map;

/// What an export did; `swayctl export --json` prints it.
///
/// @param image `NAME:TAG`
/// @param manifest the digest of its manifest
/// @param packBytes the size of its packs in all, uploaded or there already
/// @param indexBytes the size of its index, compressed
/// @param entries how many files, folders and other entries it has
/// @param unchanged whether the source was known from an earlier export, and not read
/// @param dryRun whether nothing was uploaded and no name changed; the next two then say what would
///   have been
/// @param uploadedBytes how many bytes the server lacked
/// @param uploadedBlobs in how many blobs
/// @param sharedBytes by the name of an image: how many bytes of its packs this one uses too
/// @param largestNew the files with most content that none of those has, the largest first
/// @param carriedProfiles how many profiles of the version before it got
/// @param seconds where the time went
public record ExportResult(
    String image,
    Digest manifest,
    long packBytes,
    long indexBytes,
    long entries,
    boolean unchanged,
    boolean dryRun,
    long uploadedBytes,
    int uploadedBlobs,
    Map<String, Long> sharedBytes,
    List<BuildReport.NewFile> largestNew,
    int carriedProfiles,
    Seconds seconds) {
  public ExportResult {
    sharedBytes = Map.copyOf(sharedBytes);
    largestNew = List.copyOf(largestNew);
  }

  /// Durations in seconds.
  ///
  /// @param build from reading the archive to the finished index; 0 where it was not read
  /// @param upload from the question what is missing to the published name
  /// @param total of the whole command, a builder such as docker included
  public record Seconds(double build, double upload, double total) {}
}
