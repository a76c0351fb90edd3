/// Step 10 of the flow, *mount*, its lower part: the worker's cache of packs on its disk.
@NullMarked
package dev.sway.lazyfsd.cache;

import org.jspecify.annotations.NullMarked;
