/// Step 3 of the flow, *layer*: one layer's tar becomes a list of entries, with the layer's
/// whiteouts told apart from its files.
@NullMarked
package dev.sway.formats.layer;

import org.jspecify.annotations.NullMarked;
