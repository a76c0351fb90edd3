@NullMarked
package dev.sway.lazyfsd.guess;

import org.jspecify.annotations.NullMarked;
