@NullMarked
package dev.sway.lazyfsd.hot;

import org.jspecify.annotations.NullMarked;
