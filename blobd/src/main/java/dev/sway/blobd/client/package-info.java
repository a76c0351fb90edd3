/// Steps 9 and 10 of the flow, *push* and *mount*, from the side that calls blobd. Every byte
/// received is checked against the digest asked for, or is left to the caller who knows the digest.
@NullMarked
package dev.sway.blobd.client;

import org.jspecify.annotations.NullMarked;
