/// Step 9 of the flow, *push*: where blobs, names and profiles are kept. Blobs are immutable and
/// named by their digest; names and profiles are small and change. A profile may have a hot pack,
/// which is as immutable as a blob and goes with it.
@NullMarked
package dev.sway.blobd.store;

import org.jspecify.annotations.NullMarked;
