/// Step 11 of the flow, *run*, on the user's side: the script, the environment and the streams of a
/// container that a worker runs.
@NullMarked
package dev.sway.swayctl.run;

import org.jspecify.annotations.NullMarked;
