/// Step 10 of the flow, *mount*: one mount for each image, shared by all that use it, and mounts
/// that single runs have for themselves.
@NullMarked
package dev.sway.lazyfsd.mount;

import org.jspecify.annotations.NullMarked;
