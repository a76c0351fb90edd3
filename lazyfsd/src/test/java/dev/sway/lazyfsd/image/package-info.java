@NullMarked
package dev.sway.lazyfsd.image;

import org.jspecify.annotations.NullMarked;
