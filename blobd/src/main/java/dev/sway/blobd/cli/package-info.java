/// Used by every step of the flow: what the programs `blobd`, `lazyfsd` and `swayctl` have in
/// common on a terminal, from the command line to the exit code.
@NullMarked
package dev.sway.blobd.cli;

import org.jspecify.annotations.NullMarked;
