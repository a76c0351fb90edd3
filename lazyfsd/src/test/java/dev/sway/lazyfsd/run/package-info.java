@NullMarked
package dev.sway.lazyfsd.run;

import org.jspecify.annotations.NullMarked;
