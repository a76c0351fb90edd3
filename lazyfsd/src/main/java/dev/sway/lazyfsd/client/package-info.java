/// Step 11 of the flow, *run*, from the side that calls a worker: a request goes out, the
/// container's output and its end come back as they happen.
@NullMarked
package dev.sway.lazyfsd.client;

import org.jspecify.annotations.NullMarked;
