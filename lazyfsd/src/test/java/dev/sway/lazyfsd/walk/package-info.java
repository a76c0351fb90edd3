@NullMarked
package dev.sway.lazyfsd.walk;

import org.jspecify.annotations.NullMarked;
