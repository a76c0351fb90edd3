/// Step 10 of the flow, *mount*, its beginning: an image's manifest and index come to this machine.
@NullMarked
package dev.sway.lazyfsd.image;

import org.jspecify.annotations.NullMarked;
