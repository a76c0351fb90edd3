/// Looking at images: what `swayctl image` shows of their trees, sizes and differences.
@NullMarked
package dev.sway.swayctl.image;

import org.jspecify.annotations.NullMarked;
