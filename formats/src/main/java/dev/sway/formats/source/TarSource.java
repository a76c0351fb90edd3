package dev.sway.formats.source;

import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.ContentFile;
import dev.sway.formats.layer.LayerBlob;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A root file system in one tar, without any configuration.
final class TarSource implements ImageSource {
  private final ContentFile file;
  private final LayerBlob layer;

  private TarSource(ContentFile file, LayerBlob layer) {
    this.file = file;
    this.layer = layer;
  }

  static TarSource open(Path path, String name) throws IOException {
    ContentFile file = ContentFile.open(path);
    return new TarSource(
        file, new LayerBlob(name, file, 0, file.size(), Optional.empty(), Optional.empty()));
  }

  @Override
  public String transport() {
    return SourceReference.Transport.TAR.word();
  }

  @Override
  public RunConfig config() {
    return RunConfig.EMPTY;
  }

  @Override
  public List<LayerBlob> layers() {
    return List.of(layer);
  }

  @Override
  public Optional<Digest> id() {
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
