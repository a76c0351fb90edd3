/// Step 9 of the flow, *push*, and the source of step 10, *mount*: the blob server, a
/// content-addressed store behind HTTP. This package is the program; `store` keeps the bytes,
/// `server` serves them, `client` calls it, `api` is what the two say to each other.
@NullMarked
package dev.sway.blobd;

import org.jspecify.annotations.NullMarked;
