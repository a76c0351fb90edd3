@NullMarked
package dev.sway.swayctl.command;

import org.jspecify.annotations.NullMarked;
