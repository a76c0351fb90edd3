package dev.sway.formats.layer;

import dev.sway.formats.id.ByteName;

/// One entry of a layer.
public sealed interface LayerEntry {
  /// Where in the image it stands.
  EntryPath path();

  /// A regular file.
  record File(EntryPath path, Attributes attributes, Content content) implements LayerEntry {}

  /// A directory.
  record Directory(EntryPath path, Attributes attributes) implements LayerEntry {}

  /// A symbolic link; `target` is its text, of 1 to 4095 bytes, pointing anywhere or nowhere.
  record Symlink(EntryPath path, Attributes attributes, ByteName target) implements LayerEntry {}

  /// One more name of the inode at `target`.
  record HardLink(EntryPath path, EntryPath target) implements LayerEntry {}

  /// A character or block device.
  record Device(EntryPath path, Attributes attributes, boolean block, int major, int minor)
      implements LayerEntry {}

  /// A named pipe.
  record Fifo(EntryPath path, Attributes attributes) implements LayerEntry {}

  /// `.wh.NAME`: what lower layers have at `path` is gone.
  record Whiteout(EntryPath path) implements LayerEntry {}

  /// `.wh..wh..opq`: what lower layers have in the directory `path` is gone.
  record Opaque(EntryPath path) implements LayerEntry {}
}
