/// Step 11 of the flow, *run*, where it enters the worker: the HTTP API.
@NullMarked
package dev.sway.lazyfsd.server;

import org.jspecify.annotations.NullMarked;
