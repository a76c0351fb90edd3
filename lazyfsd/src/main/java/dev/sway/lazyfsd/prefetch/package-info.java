/// Step 13 of the flow, *prefetch*: what a profile names goes into the cache and the kernel's page
/// cache before a run asks for it.
@NullMarked
package dev.sway.lazyfsd.prefetch;

import org.jspecify.annotations.NullMarked;
