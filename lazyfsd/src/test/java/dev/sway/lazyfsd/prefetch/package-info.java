@NullMarked
package dev.sway.lazyfsd.prefetch;

import org.jspecify.annotations.NullMarked;
