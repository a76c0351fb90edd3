@NullMarked
package dev.sway.lazyfsd.keep;

import org.jspecify.annotations.NullMarked;
