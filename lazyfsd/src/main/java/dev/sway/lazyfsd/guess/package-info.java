/// Steps 12 and 13 of the flow, *trace* and *prefetch*, where nothing was learnt yet: what a start
/// will read by what it has begun to read, as its programs' dynamic loader and the Python
/// interpreter go on from there.
@NullMarked
package dev.sway.lazyfsd.guess;

import org.jspecify.annotations.NullMarked;
