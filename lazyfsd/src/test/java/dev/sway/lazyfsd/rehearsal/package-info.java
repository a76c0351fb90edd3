@NullMarked
package dev.sway.lazyfsd.rehearsal;

import org.jspecify.annotations.NullMarked;
