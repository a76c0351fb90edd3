/// Used by steps 9 to 13 of the flow: manners of HTTP that blobd and lazyfsd share, on both ends of
/// the connection. Errors are JSON with the word of a failure kind; plain HTTP stays on loopback.
@NullMarked
package dev.sway.blobd.http;

import org.jspecify.annotations.NullMarked;
