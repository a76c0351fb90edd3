/// Used by steps 1, 9 and 11 of the flow: what the user has set, by flags, variables and files, and
/// where the user's files are.
@NullMarked
package dev.sway.swayctl.config;

import org.jspecify.annotations.NullMarked;
