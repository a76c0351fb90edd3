/// Step 10 of the flow, *mount*, its middle: an image as a read-only file system, with nothing of
/// FUSE in it.
@NullMarked
package dev.sway.lazyfsd.view;

import org.jspecify.annotations.NullMarked;
