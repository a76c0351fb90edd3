/// Used by every step of the flow: failures a user can act on, the same in an API's answer and on a
/// terminal.
@NullMarked
package dev.sway.formats.failure;

import org.jspecify.annotations.NullMarked;
