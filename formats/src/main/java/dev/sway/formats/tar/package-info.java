/// Part of steps 2 and 3 of the flow: tar archives, read byte for byte.
@NullMarked
package dev.sway.formats.tar;

import org.jspecify.annotations.NullMarked;
