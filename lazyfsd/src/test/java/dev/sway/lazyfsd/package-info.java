@NullMarked
package dev.sway.lazyfsd;

import org.jspecify.annotations.NullMarked;
