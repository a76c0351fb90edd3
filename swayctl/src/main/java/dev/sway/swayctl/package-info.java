/// Steps 1 to 9 and step 11 of the flow, from the user's side: the program `swayctl`. `command`
/// reads the command line, `config` what the user has set; `builder` and `export` make an image and
/// push it, `run` hands a script to a worker.
@NullMarked
package dev.sway.swayctl;

import org.jspecify.annotations.NullMarked;
