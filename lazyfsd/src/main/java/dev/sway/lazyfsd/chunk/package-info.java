/// Step 10 of the flow, *mount*, its lowest part: a chunk comes from memory, from the worker's
/// cache on disk, or from blobd.
@NullMarked
package dev.sway.lazyfsd.chunk;

import org.jspecify.annotations.NullMarked;
