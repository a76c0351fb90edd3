/// Steps 10 and 11 of the flow, *mount* and *run*: the worker's program.
///
/// The packages below it follow the flow: `image` fetches metadata, `chunk` fetches data, `view`
/// makes a file system of both, `fuse` shows it to the kernel, `mount` keeps one for each image,
/// `run` runs containers on them, `server` listens.
@NullMarked
package dev.sway.lazyfsd;

import org.jspecify.annotations.NullMarked;
