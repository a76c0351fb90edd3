/// Steps 9 and 10 of the flow, *push* and *mount*: what blobd and its client say to each other,
/// written down once for both.
@NullMarked
package dev.sway.blobd.api;

import org.jspecify.annotations.NullMarked;
