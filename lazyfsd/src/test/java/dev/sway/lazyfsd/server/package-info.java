@NullMarked
package dev.sway.lazyfsd.server;

import org.jspecify.annotations.NullMarked;
