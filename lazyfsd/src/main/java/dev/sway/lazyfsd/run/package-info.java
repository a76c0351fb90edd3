/// Step 11 of the flow, *run*: a writable layer over a mount, an OCI bundle from the image's
/// configuration, runc, streams, clean-up.
@NullMarked
package dev.sway.lazyfsd.run;

import org.jspecify.annotations.NullMarked;
