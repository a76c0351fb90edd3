package dev.sway.swayctl.command;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.image.BuildReport;
import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.ExportResult;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.TreeMap;

/// What `swayctl export` says when it is done.
final class ExportSummary {
  private ExportSummary() {}

  /// The result as one JSON object.
  static String json(ExportResult result) {
    return new String(WireJson.write(result), StandardCharsets.UTF_8);
  }

  /// The result in one line, with what would be uploaded where nothing was.
  static String text(ExportResult result) {
    String uploaded =
        result.unchanged()
            ? "unchanged, 0 B"
            : "%s in %d blobs"
                .formatted(ByteSize.text(result.uploadedBytes()), result.uploadedBlobs());
    String line =
        "%s %s: %s in packs, %s"
            .formatted(
                result.image(), result.manifest(), ByteSize.text(result.packBytes()), uploaded);
    return result.dryRun()
        ? "would export %s to upload%s".formatted(line, details(result))
        : String.format(
            Locale.ROOT, "exported %s uploaded, %.1f s", line, result.seconds().total());
  }

  private static String details(ExportResult result) {
    StringBuilder details = new StringBuilder();
    new TreeMap<>(result.sharedBytes())
        .forEach((image, bytes) ->
            details.append("%n  shared with %s: %s".formatted(image, ByteSize.text(bytes))));
    for (BuildReport.NewFile file : result.largestNew()) {
      details.append("%n  new: %s of %s".formatted(ByteSize.text(file.bytes()), file.path()));
    }
    return details.toString();
  }
}
