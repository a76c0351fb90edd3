@NullMarked
package dev.sway.lazyfsd.fuse;

import org.jspecify.annotations.NullMarked;
