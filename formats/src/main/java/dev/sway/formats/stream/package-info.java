/// Used by every step of the flow: what streams of bytes have in common.
@NullMarked
package dev.sway.formats.stream;

import org.jspecify.annotations.NullMarked;
