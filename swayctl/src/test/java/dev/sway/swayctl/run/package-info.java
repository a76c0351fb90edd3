@NullMarked
package dev.sway.swayctl.run;

import org.jspecify.annotations.NullMarked;
