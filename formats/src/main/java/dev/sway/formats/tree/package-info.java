/// Step 4 of the flow, *tree*: the entries of all layers merge into one file system, and every
/// inode gets its number.
@NullMarked
package dev.sway.formats.tree;

import org.jspecify.annotations.NullMarked;
