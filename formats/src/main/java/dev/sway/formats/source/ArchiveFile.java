package dev.sway.formats.source;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.layer.ContentFile;
import dev.sway.formats.layer.Decompression;
import dev.sway.formats.layer.DiskAllowance;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.LayerLimits;
import dev.sway.formats.tar.TarHeader;
import dev.sway.formats.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// An image layout in a tar archive, whose files are read where they lie in it.
final class ArchiveFile implements BlobFiles {
  /// `docker save` of old writes a layer that two images share as a symbolic link; more than this
  /// in a row is a loop.
  private static final int MAX_LINKS_FOLLOWED = 8;

  private final String name;
  private final ContentFile file;
  private final Map<String, Located> files = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();

  private ArchiveFile(String name, ContentFile file) {
    this.name = name;
    this.file = file;
  }

  /// Opens an archive; one that is compressed as a whole is decompressed into `work` first.
  static ArchiveFile open(Path path, String name, Path work) throws IOException {
    ContentFile file = ContentFile.open(path);
    try {
      Decompression compression = Decompression.detect(file, 0, file.size());
      if (compression != Decompression.NONE) {
        Path plain;
        long size = file.size();
        try (InputStream in = compression.open(file.stream(0, size), name)) {
          plain = spool(LayerLimits.DEFAULT.bound(in, size, name), work, name);
        } catch (SwayException | FileSystemException e) {
          throw e;
        } catch (IOException e) {
          throw new BadArchiveException(
              name,
              "cannot be decompressed: "
                  + e.getMessage()
                  + "; it is truncated or damaged, make it again",
              e);
        }
        file.close();
        file = ContentFile.open(plain);
      }
      ArchiveFile archive = new ArchiveFile(name, file);
      archive.scan();
      return archive;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// Copies a stream, which `name` names in errors, to a new file in `work`.
  static Path spool(InputStream in, Path work, String name) throws IOException {
    Path path = Files.createTempFile(work, "archive", ".tar");
    DiskAllowance allowance = DiskAllowance.of(work);
    long written = 0;
    try (OutputStream out = Files.newOutputStream(path)) {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        written += count;
        allowance.require(written, name);
        try {
          out.write(buffer, 0, count);
        } catch (IOException e) {
          throw SwayException.cannotWrite(path, e);
        }
      }
    }
    return path;
  }

  private void scan() throws IOException {
    long size = file.size();
    TarReader tar = new TarReader(file.stream(0, size), name);
    for (Optional<TarHeader> next = tar.next(); next.isPresent(); next = tar.next()) {
      TarHeader header = next.get();
      String path = normalised(header.path());
      if (header.isFile()) {
        if (header.size() > size - header.contentOffset()) {
          throw new BadArchiveException(
              name,
              "ends within the content of '" + path + "'; the archive is truncated, make it again");
        }
        if (header.data().isSparse()) {
          throw new BadArchiveException(
              name,
              "'" + path + "' is stored as a sparse file; make the archive without 'tar --sparse'");
        }
        links.remove(path);
        files.put(path, new Located(file, header.contentOffset(), header.size()));
      } else if (header.type() == TarHeader.SYMLINK) {
        links.put(path, resolved(path, header.linkPath()));
      } else if (header.type() == TarHeader.HARD_LINK) {
        links.put(path, normalised(header.linkPath()));
      }
    }
  }

  /// Where a symbolic link at `path` leads: never out of the archive, as if it were the root.
  private static String resolved(String path, ByteName target) {
    String text = target.toString();
    int parent = Math.max(0, path.lastIndexOf('/'));
    String whole = text.startsWith("/") ? text : path.substring(0, parent) + "/" + text;
    Deque<String> components = new ArrayDeque<>();
    for (String component : whole.split("/", -1)) {
      if (component.equals("..")) {
        components.pollLast();
      } else if (!component.isEmpty() && !component.equals(".")) {
        components.addLast(component);
      }
    }
    return String.join("/", components);
  }

  private String normalised(ByteName path) throws BadArchiveException {
    try {
      String text = EntryPath.parse(path).toString();
      return text.substring(Math.min(1, text.length()));
    } catch (IllegalArgumentException e) {
      throw new BadArchiveException(
          name, "the entry " + path + " is refused: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<Located> find(String path) {
    String at = path;
    for (int i = 0; i < MAX_LINKS_FOLLOWED && links.containsKey(at); i++) {
      at = links.getOrDefault(at, at);
    }
    return Optional.ofNullable(files.get(at));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
