/// Step 10 of the flow, *mount*, seen from another worker: what is in this one's cache is served to
/// those that ask for it.
@NullMarked
package dev.sway.lazyfsd.peer;

import org.jspecify.annotations.NullMarked;
