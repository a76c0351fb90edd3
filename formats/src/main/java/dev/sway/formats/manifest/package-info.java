/// Step 8 of the flow, *manifest*: one small canonical JSON blob that names everything an image
/// consists of by its digest.
@NullMarked
package dev.sway.formats.manifest;

import org.jspecify.annotations.NullMarked;
