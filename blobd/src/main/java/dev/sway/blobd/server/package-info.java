/// Steps 9 and 10 of the flow, *push* and *mount*, from the side that serves: the routes of blobd's
/// HTTP API over a store.
@NullMarked
package dev.sway.blobd.server;

import org.jspecify.annotations.NullMarked;
