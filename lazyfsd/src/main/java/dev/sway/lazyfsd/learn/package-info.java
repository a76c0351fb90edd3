/// Steps 12 and 13 of the flow, *trace* and *prefetch*: keeps what runs have touched, learns
/// profiles of it, and has the next run of a command prefetch what its profile names.
@NullMarked
package dev.sway.lazyfsd.learn;

import org.jspecify.annotations.NullMarked;
