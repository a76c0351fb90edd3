@NullMarked
package dev.sway.lazyfsd.chunk;

import org.jspecify.annotations.NullMarked;
