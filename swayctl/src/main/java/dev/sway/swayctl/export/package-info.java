/// Steps 1 to 9 of the flow in a row, *export*: a source is opened, built into an image, and what
/// the blob server lacks of it is pushed.
@NullMarked
package dev.sway.swayctl.export;

import org.jspecify.annotations.NullMarked;
