package dev.sway.formats.source;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.LayerEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/// The SHA-256 over the listing of a folder: every name with everything but the files' bytes. It
/// tells listings apart, and does not identify content.
///
/// Each entry is its kind in ASCII, its path, its attributes and what its kind has besides; every
/// field of variable length has its length before it, as 4 bytes, and numbers are 8 bytes, both
/// big-endian.
final class FolderListing {
  private final MessageDigest sha256 = Digest.newSha256();

  private FolderListing() {}

  static Digest digest(List<LayerEntry> entries) {
    FolderListing listing = new FolderListing();
    entries.forEach(listing::add);
    return Digest.finish(listing.sha256);
  }

  private void add(LayerEntry entry) {
    bytes(entry.getClass().getSimpleName().getBytes(StandardCharsets.US_ASCII));
    path(entry.path());
    switch (entry) {
      case LayerEntry.File file -> {
        attributes(file.attributes());
        number(file.content().size());
      }
      case LayerEntry.Directory directory -> attributes(directory.attributes());
      case LayerEntry.Symlink link -> {
        attributes(link.attributes());
        bytes(link.target().bytes());
      }
      case LayerEntry.HardLink link -> path(link.target());
      case LayerEntry.Device device -> {
        attributes(device.attributes());
        number(device.block() ? 1 : 0);
        number(device.major());
        number(device.minor());
      }
      case LayerEntry.Fifo fifo -> attributes(fifo.attributes());
      case LayerEntry.Whiteout whiteout -> throw new IllegalArgumentException("in no folder");
      case LayerEntry.Opaque opaque -> throw new IllegalArgumentException("in no folder");
    }
  }

  private void path(EntryPath path) {
    number(path.components().size());
    path.components().forEach(name -> bytes(name.bytes()));
  }

  private void attributes(Attributes attributes) {
    number(attributes.permissions());
    number(Integer.toUnsignedLong(attributes.uid()));
    number(Integer.toUnsignedLong(attributes.gid()));
    number(attributes.mtimeSeconds());
    number(attributes.mtimeNanos());
    number(attributes.xattrs().size());
    for (var xattr : attributes.xattrs().entrySet()) {
      ByteName name = xattr.getKey();
      bytes(name.bytes());
      bytes(xattr.getValue());
    }
  }

  private void number(long number) {
    sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  private void bytes(byte[] bytes) {
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sha256.update(bytes);
  }
}
