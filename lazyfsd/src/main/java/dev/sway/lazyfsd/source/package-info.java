/// Step 10 of the flow, *mount*, its lowest part: bytes of packs that are not on this machine come
/// from where they are.
@NullMarked
package dev.sway.lazyfsd.source;

import org.jspecify.annotations.NullMarked;
