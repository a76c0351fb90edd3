package dev.sway.swayctl.image;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.swayctl.export.ByteSize;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A manifest for people.
public final class ManifestText {

  private final List<String> lines = new ArrayList<>();

  private ManifestText() {}

  /// The lines about the image `name`. Control characters in them are escaped.
  public static List<String> lines(String name, Digest digest, Manifest manifest) {
    ManifestText text = new ManifestText();
    text.row("image", name);
    text.row("manifest", digest.toString());
    text.row("source", manifest.source().transport() + " " + manifest.source().id());
    text.config(manifest.config());
    text.sizes(manifest);
    return text.lines;
  }

  private void config(RunConfig config) {
    row(
        "platform",
        config.os() + (config.architecture().isEmpty() ? "" : "/" + config.architecture()));
    row("user", config.user().isEmpty() ? "root, by default" : config.user());
    row("workdir", config.workingDir().isEmpty() ? "/, by default" : config.workingDir());
    row("entrypoint", words(config.entrypoint()));
    row("cmd", words(config.cmd()));
    config.env().forEach(variable -> row("env", variable));
    config.labels().forEach((key, value) -> row("label", key + "=" + value));
    if (!config.stopSignal().isEmpty()) {
      row("stop signal", config.stopSignal());
    }
  }

  private void sizes(Manifest manifest) {
    row("entries", Long.toString(manifest.statistics().entries()));
    row(
        "files",
        "%d, %s"
            .formatted(
                manifest.statistics().files(), ByteSize.text(manifest.statistics().fileBytes())));
    row(
        "index",
        "%s %s, %s uncompressed"
            .formatted(
                manifest.index().digest(),
                ByteSize.text(manifest.index().size()),
                ByteSize.text(manifest.index().contentSize())));
    long chunks = 0;
    for (PackBlob pack : manifest.packs()) {
      chunks += pack.chunks();
      row(
          "pack",
          "%s %s, %s in %d chunks uncompressed"
              .formatted(
                  pack.digest(),
                  ByteSize.text(pack.size()),
                  ByteSize.text(pack.contentSize()),
                  pack.chunks()));
    }
    row(
        "packs",
        "%d, %s, %d chunks"
            .formatted(manifest.packs().size(), ByteSize.text(manifest.packBytes()), chunks));
    long stored = manifest.packBytes() + manifest.index().size();
    long bytes = manifest.statistics().fileBytes();
    row(
        "stored",
        bytes == 0
            ? ByteSize.text(stored)
            : String.format(
                Locale.ROOT,
                "%s, %.1f %% of the files",
                ByteSize.text(stored),
                100.0 * stored / bytes));
  }

  private void row(String name, String value) {
    lines.add(
        String.format(
            Locale.ROOT,
            "%-12s %s",
            name,
            ByteName.printable(value.getBytes(StandardCharsets.UTF_8))));
  }

  /// A command as a JSON list: words may hold blanks.
  private static String words(List<String> words) {
    return new String(WireJson.write(words), StandardCharsets.UTF_8);
  }
}
