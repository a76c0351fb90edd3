@NullMarked
package dev.sway.lazyfsd.peer;

import org.jspecify.annotations.NullMarked;
