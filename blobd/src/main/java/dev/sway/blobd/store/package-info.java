/// Step 9 of the flow, *push*: where blobs and names are kept. Blobs are immutable and named by
/// their digest; names are the only thing that changes.
@NullMarked
package dev.sway.blobd.store;

import org.jspecify.annotations.NullMarked;
