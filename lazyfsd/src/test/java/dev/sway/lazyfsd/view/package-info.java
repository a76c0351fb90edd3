@NullMarked
package dev.sway.lazyfsd.view;

import org.jspecify.annotations.NullMarked;
