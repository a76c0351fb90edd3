/// Step 10 of the flow, *mount*: decoded chunks come from memory, or from frames that the worker's
/// cache on disk has or gets.
@NullMarked
package dev.sway.lazyfsd.chunk;

import org.jspecify.annotations.NullMarked;
