@NullMarked
package dev.sway.swayctl.builder;

import org.jspecify.annotations.NullMarked;
