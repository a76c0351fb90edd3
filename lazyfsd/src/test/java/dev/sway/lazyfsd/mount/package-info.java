@NullMarked
package dev.sway.lazyfsd.mount;

import org.jspecify.annotations.NullMarked;
