/// Beside step 10 of the flow, *mount*: which images' bytes are to be on this machine, before
/// anybody reads them and after.
@NullMarked
package dev.sway.lazyfsd.keep;

import org.jspecify.annotations.NullMarked;
