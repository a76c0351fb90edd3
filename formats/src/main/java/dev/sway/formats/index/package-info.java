/// Step 7 of the flow, *index*: one LMDB file maps names to inodes, inodes to extents, extents to
/// chunks, chunks to places in packs.
@NullMarked
package dev.sway.formats.index;

import org.jspecify.annotations.NullMarked;
