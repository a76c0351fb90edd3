package dev.sway.formats.source;

import dev.sway.formats.layer.ContentFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An image layout in a folder. Callers build paths from constants and digests only.
final class FolderFiles implements BlobFiles {
  private final Path folder;
  private final List<ContentFile> open = new ArrayList<>();

  FolderFiles(Path folder) {
    this.folder = folder;
  }

  @Override
  public Optional<Located> find(String path) throws IOException {
    Path file = folder.resolve(path);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    ContentFile content = ContentFile.open(file);
    open.add(content);
    return Optional.of(new Located(content, 0, content.size()));
  }

  @Override
  public String name() {
    return folder.toString();
  }

  @Override
  public void close() throws IOException {
    for (ContentFile file : open) {
      file.close();
    }
  }
}
