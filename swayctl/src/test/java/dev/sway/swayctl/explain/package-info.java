@NullMarked
package dev.sway.swayctl.explain;

import org.jspecify.annotations.NullMarked;
