@NullMarked
package dev.sway.lazyfsd.source;

import org.jspecify.annotations.NullMarked;
