/// Steps 1, 9 and 11 of the flow as the user calls them: one class for each command, which reads
/// the command line, has the work done and prints its result.
@NullMarked
package dev.sway.swayctl.command;

import org.jspecify.annotations.NullMarked;
