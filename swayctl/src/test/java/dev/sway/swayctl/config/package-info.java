@NullMarked
package dev.sway.swayctl.config;

import org.jspecify.annotations.NullMarked;
