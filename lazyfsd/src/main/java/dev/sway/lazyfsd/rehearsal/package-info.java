/// Starts that a worker rehearses while none is asked for: the code of a program that has just been
/// started is interpreted, then compiled as it is used, and a start on an image that is not there
/// takes twice as long as on a worker that has done some.
@NullMarked
package dev.sway.lazyfsd.rehearsal;

import org.jspecify.annotations.NullMarked;
