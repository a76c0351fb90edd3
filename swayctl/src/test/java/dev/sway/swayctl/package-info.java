@NullMarked
package dev.sway.swayctl;

import org.jspecify.annotations.NullMarked;
