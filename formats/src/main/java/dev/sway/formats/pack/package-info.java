/// Step 6 of the flow, *pack*: chunks are stored one after another in files that `zstd -d`
/// understands.
@NullMarked
package dev.sway.formats.pack;

import org.jspecify.annotations.NullMarked;
