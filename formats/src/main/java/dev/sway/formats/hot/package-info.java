/// Steps 12 and 13 of the flow, *trace* and *prefetch*: hot packs, which hold once more, in the
/// order of their first use, the very blocks of chunks that a profile's runs read.
@NullMarked
package dev.sway.formats.hot;

import org.jspecify.annotations.NullMarked;
