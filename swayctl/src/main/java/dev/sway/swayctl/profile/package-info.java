/// Looking at profiles and changing them: what `swayctl profile` shows of what runs of a command
/// ask for.
@NullMarked
package dev.sway.swayctl.profile;

import org.jspecify.annotations.NullMarked;
