@NullMarked
package dev.sway.lazyfsd.fuse.kernel;

import org.jspecify.annotations.NullMarked;
