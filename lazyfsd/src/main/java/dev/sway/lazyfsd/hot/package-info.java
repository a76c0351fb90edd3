/// Steps 12 and 13 of the flow, *trace* and *prefetch*: hot packs, which hold what a profile's runs
/// read and no more. They are built of what a worker has, and read instead of chunks that are not
/// here.
@NullMarked
package dev.sway.lazyfsd.hot;

import org.jspecify.annotations.NullMarked;
