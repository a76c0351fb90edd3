@NullMarked
package dev.sway.blobd;

import org.jspecify.annotations.NullMarked;
