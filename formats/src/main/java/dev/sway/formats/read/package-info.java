/// The flow backwards: the blobs of an image, wherever they lie, become a tree, files and a tar
/// again, and are checked byte for byte.
@NullMarked
package dev.sway.formats.read;

import org.jspecify.annotations.NullMarked;
