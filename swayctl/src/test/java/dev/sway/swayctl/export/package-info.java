@NullMarked
package dev.sway.swayctl.export;

import org.jspecify.annotations.NullMarked;
