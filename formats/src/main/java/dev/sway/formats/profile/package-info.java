/// Step 12 of the flow, *profile*: what the next run of a command should have before it asks,
/// learnt from traces.
@NullMarked
package dev.sway.formats.profile;

import org.jspecify.annotations.NullMarked;
