@NullMarked
package dev.sway.lazyfsd.client;

import org.jspecify.annotations.NullMarked;
