/// The image format: reading source images, and writing and reading chunks, packs, index and
/// manifest.
///
/// A pure library: it opens files it is given and nothing else. It starts no process, opens no
/// socket and knows nothing of FUSE.
@NullMarked
package dev.sway.formats;

import org.jspecify.annotations.NullMarked;
