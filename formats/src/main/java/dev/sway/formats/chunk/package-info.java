/// Step 5 of the flow, *chunk*: files' bytes are cut into the units of deduplication, compression,
/// verification and fetching.
@NullMarked
package dev.sway.formats.chunk;

import org.jspecify.annotations.NullMarked;
