/// Used by every step of the flow: the identities of things, as types instead of strings.
@NullMarked
package dev.sway.formats.id;

import org.jspecify.annotations.NullMarked;
