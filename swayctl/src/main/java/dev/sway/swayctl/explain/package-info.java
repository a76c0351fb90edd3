/// Step 12 of the flow, *trace*, for people: what a run waited for, and what would have made it
/// faster, as text, as JSON and as a picture.
@NullMarked
package dev.sway.swayctl.explain;

import org.jspecify.annotations.NullMarked;
