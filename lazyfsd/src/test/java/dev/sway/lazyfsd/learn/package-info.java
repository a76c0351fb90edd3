@NullMarked
package dev.sway.lazyfsd.learn;

import org.jspecify.annotations.NullMarked;
