/// Step 10 of the flow, *mount*: the kernel's own FUSE protocol on `/dev/fuse`, spoken through the
/// foreign-function API. [dev.sway.lazyfsd.fuse.kernel.DeviceCalls] has the system calls,
/// [dev.sway.lazyfsd.fuse.kernel.FuseProtocol] the layout of the messages,
/// [dev.sway.lazyfsd.fuse.kernel.Operations] the answers.
@NullMarked
package dev.sway.lazyfsd.fuse.kernel;

import org.jspecify.annotations.NullMarked;
