/// Beneath steps 10 and 11 of the flow: the few things of Linux that the Java platform does not
/// offer.
@NullMarked
package dev.sway.lazyfsd.linux;

import org.jspecify.annotations.NullMarked;
