/// Step 2 of the flow, *read*: an image archive of any kind becomes a run configuration and layers
/// in order.
@NullMarked
package dev.sway.formats.source;

import org.jspecify.annotations.NullMarked;
