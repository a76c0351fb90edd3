@NullMarked
package dev.sway.lazyfsd.trace;

import org.jspecify.annotations.NullMarked;
