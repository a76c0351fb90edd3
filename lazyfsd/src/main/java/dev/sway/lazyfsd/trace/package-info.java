/// Step 12 of the flow, *trace*: notes what runs ask of their mounts.
@NullMarked
package dev.sway.lazyfsd.trace;

import org.jspecify.annotations.NullMarked;
