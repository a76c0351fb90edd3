/// Steps 2 to 8 of the flow in a row: a source becomes the blobs of an image, ready to be pushed.
@NullMarked
package dev.sway.formats.image;

import org.jspecify.annotations.NullMarked;
