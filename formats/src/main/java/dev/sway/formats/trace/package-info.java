/// Step 12 of the flow, *trace*: what one run touched of its image and waited for, as a file.
@NullMarked
package dev.sway.formats.trace;

import org.jspecify.annotations.NullMarked;
