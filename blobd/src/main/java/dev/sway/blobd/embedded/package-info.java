/// A blobd within another program.
@NullMarked
package dev.sway.blobd.embedded;

import org.jspecify.annotations.NullMarked;
