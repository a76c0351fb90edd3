/// Step 10 of the flow, *mount*, its top: the kernel's requests are answered from an
/// [dev.sway.lazyfsd.view.ImageView].
@NullMarked
package dev.sway.lazyfsd.fuse;

import org.jspecify.annotations.NullMarked;
