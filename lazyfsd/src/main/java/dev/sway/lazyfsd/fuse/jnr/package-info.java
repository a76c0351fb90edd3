/// Step 10 of the flow, *mount*: the portable FUSE transport, jnr-fuse on libfuse 2.
///
/// Facts it rests on: libfuse 2.9 calls back by path; a Java thread that runs libfuse's loop makes
/// callbacks cheap, a native one pays for attaching each; `ENOSYS` from `open` makes every later
/// open free.
@NullMarked
package dev.sway.lazyfsd.fuse.jnr;

import org.jspecify.annotations.NullMarked;
