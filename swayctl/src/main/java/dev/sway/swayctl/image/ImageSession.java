package dev.sway.swayctl.image;

import dev.sway.blobd.client.Images;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.read.PathLookup;
import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TreeEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The images that one command looks at, and where it writes. Closing it closes the images. Not
/// thread-safe.
public final class ImageSession implements AutoCloseable {
  private final Images images;
  private final Path scratch;
  private final OutputStream out;
  private final List<StoredImage> opened = new ArrayList<>();

  /// @param scratch an empty folder for indexes, for the caller to delete afterwards
  /// @param out gets what the command prints; buffered, and the caller's to flush
  public ImageSession(Images images, Path scratch, OutputStream out) {
    this.images = images;
    this.scratch = scratch;
    this.out = out;
  }

  /// Where the images are.
  public Images images() {
    return images;
  }

  /// For indexes.
  public Path scratch() {
    return scratch;
  }

  /// Where the command writes.
  public OutputStream out() {
    return out;
  }

  /// Prints one line of text in UTF-8.
  public void line(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  /// The manifest's digest of the image that a user wrote as `NAME[:TAG]` or `sha256:HEX`.
  public Digest digest(String image) throws IOException {
    return digest(images, image);
  }

  /// The manifest's digest of the image in `images` that a user wrote as `NAME[:TAG]` or
  /// `sha256:HEX`.
  public static Digest digest(Images images, String image) throws IOException {
    var digest = Digest.parse(image);
    return digest.isPresent() ? digest.get() : images.resolve(ImageName.parse(image)).manifest();
  }

  /// Opens the image that a user wrote as `NAME[:TAG]` or `sha256:HEX`.
  public StoredImage open(String image) throws IOException {
    Path folder = Files.createTempDirectory(scratch, "image-");
    StoredImage stored = StoredImage.open(images, digest(image), folder);
    opened.add(stored);
    return stored;
  }

  /// What is at a path of an image, links followed.
  ///
  /// @throws SwayException of kind `not-found` where there is nothing
  public static TreeEntry find(StoredImage image, String name, String path) throws IOException {
    return new PathLookup(image.index())
        .find(path)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.NOT_FOUND,
                "there is no '%s' in the image %s; 'swayctl image tree %s' lists what there is"
                    .formatted(path, name, name)));
  }

  @Override
  public void close() {
    opened.forEach(StoredImage::close);
  }
}
