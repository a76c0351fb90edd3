package dev.sway.formats.source;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.layer.ContentFile;
import java.io.IOException;
import java.util.Optional;

/// The files of an image layout, be it a folder or an archive.
sealed interface BlobFiles extends AutoCloseable permits ArchiveFile, FolderFiles {
  /// A configuration or manifest is at most this long, in bytes.
  int MAX_JSON = 16 << 20;

  /// One file.
  ///
  /// @param file that holds its bytes
  /// @param offset of the first one
  /// @param size in bytes
  record Located(ContentFile file, long offset, long size) {}

  /// The file at the relative `path`, or empty where there is none.
  Optional<Located> find(String path) throws IOException;

  /// What names the layout in errors.
  String name();

  @Override
  void close() throws IOException;

  /// The bytes of a JSON document at `path`.
  ///
  /// @throws BadArchiveException where it is missing or too large
  default byte[] json(String path) throws IOException {
    Located located = require(path);
    if (located.size() > MAX_JSON) {
      throw new BadArchiveException(
          name(), path + " has " + located.size() + " bytes, more than " + MAX_JSON);
    }
    byte[] bytes = new byte[(int) located.size()];
    located.file().read(located.offset(), bytes, 0, bytes.length);
    return bytes;
  }

  /// The file at `path`, which must exist.
  default Located require(String path) throws IOException {
    return find(path)
        .orElseThrow(() ->
            new BadArchiveException(
                name(), "has no " + path + "; it is truncated, or another kind of archive"));
  }
}
