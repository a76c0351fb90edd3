@NullMarked
package dev.sway.lazyfsd.holder;

import org.jspecify.annotations.NullMarked;
