@NullMarked
package dev.sway.lazyfsd.cache;

import org.jspecify.annotations.NullMarked;
