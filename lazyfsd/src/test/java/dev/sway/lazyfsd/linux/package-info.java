@NullMarked
package dev.sway.lazyfsd.linux;

import org.jspecify.annotations.NullMarked;
